package moodle

import (
	"encoding/binary"

	"glow/schema"
)

// event is what a row means to us, as far as it means more than activity.
type event uint8

const (
	eventOther event = iota
	eventLoggedIn
	eventLoggedInAs
	eventRoleAssigned
	eventAttemptStarted
	eventAttemptSubmitted
)

// origin tells apart whose rows count.
type origin uint8

const (
	originUnsaid origin = iota
	originPerson
	originCLI
	originRestore
)

// row is a row of any shape, before it is known who is behind its names.
type row struct {
	id      uint64 // of the log row; 0 where the shape has none
	at      schema.Instant
	hash    uint64 // of the event's name
	user    int64  // who the log says acts; 0 nobody logged in, noUser not said
	event   event
	origin  origin
	real    uint64 // who really acts, when that is somebody else; 0 none
	related uint64 // who is logged in as; 0 none
	object  uint64 // the attempt; 0 none
	module  uint64 // the quiz that an attempt belongs to; 0 none

	name     uint32 // position of "User full name" in people.names; 0 none
	affected uint32 // likewise "Affected user"

	file uint32 // position in the log's files
	line uint32

	wall     string // what the clock showed, see dates.Time; not encoded
	repeated bool   // it showed it twice; not encoded
}

const (
	noUser  = -1
	rowSize = 8*8 + 2 + 4*4
)

// encode appends r to b such that rows sort by id, then by content, then by place.
func (r *row) encode(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, r.id)
	b = binary.BigEndian.AppendUint64(b, uint64(r.at))
	b = binary.BigEndian.AppendUint64(b, r.hash)
	b = binary.BigEndian.AppendUint64(b, uint64(r.user-noUser))
	b = append(b, byte(r.event), byte(r.origin))
	b = binary.BigEndian.AppendUint64(b, r.real)
	b = binary.BigEndian.AppendUint64(b, r.related)
	b = binary.BigEndian.AppendUint64(b, r.object)
	b = binary.BigEndian.AppendUint64(b, r.module)
	b = binary.BigEndian.AppendUint32(b, r.name)
	b = binary.BigEndian.AppendUint32(b, r.affected)
	b = binary.BigEndian.AppendUint32(b, r.file)
	return binary.BigEndian.AppendUint32(b, r.line)
}

func decodeRow(b []byte) row {
	d := decoder{b}
	return row{
		id: d.uint64(), at: schema.Instant(d.uint64()), hash: d.uint64(), user: int64(d.uint64()) + noUser,
		event: event(d.byte()), origin: origin(d.byte()),
		real: d.uint64(), related: d.uint64(), object: d.uint64(), module: d.uint64(),
		name: d.uint32(), affected: d.uint32(), file: d.uint32(), line: d.uint32(),
	}
}

// merge puts what other says beyond r into r, and reports whether the two can be
// the same row of the log: files differ in the columns they have, but what both
// say must be equal.
func (r *row) merge(other *row) bool {
	if r.at != other.at || r.hash != other.hash || r.user != other.user {
		return false
	}
	merged := *r
	for _, f := range []struct{ to, from *uint64 }{
		{&merged.real, &other.real}, {&merged.related, &other.related},
		{&merged.object, &other.object}, {&merged.module, &other.module},
	} {
		if *f.to == 0 {
			*f.to = *f.from
		} else if *f.from != 0 && *f.from != *f.to {
			return false
		}
	}
	if merged.origin == originUnsaid {
		merged.origin = other.origin
	} else if other.origin != originUnsaid && other.origin != merged.origin {
		return false
	}
	*r = merged
	return true
}

// happening is a row that counts, after it is known who is behind it.
type happening struct {
	at     schema.Instant
	id     uint64 // of the log row; 0 where the shape has none
	event  event
	hash   uint64
	actor  rank
	viewed rank // whom the actor acts as; nobody when as themselves
	object uint64
	module uint64
	file   uint32
	line   uint32
}

const eventSize = 5*8 + 1 + 4*4

// encode appends h to b such that happenings sort by time, then by id, then by
// content. The place comes last: those that differ in nothing else are alike.
func (h *happening) encode(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(h.at))
	b = binary.BigEndian.AppendUint64(b, h.id)
	b = append(b, byte(h.event))
	b = binary.BigEndian.AppendUint64(b, h.hash)
	b = binary.BigEndian.AppendUint32(b, uint32(h.actor))
	b = binary.BigEndian.AppendUint32(b, uint32(h.viewed))
	b = binary.BigEndian.AppendUint64(b, h.object)
	b = binary.BigEndian.AppendUint64(b, h.module)
	b = binary.BigEndian.AppendUint32(b, h.file)
	return binary.BigEndian.AppendUint32(b, h.line)
}

func decodeHappening(b []byte) happening {
	d := decoder{b}
	return happening{
		at: schema.Instant(d.uint64()), id: d.uint64(), event: event(d.byte()), hash: d.uint64(),
		actor: rank(d.uint32()), viewed: rank(d.uint32()), object: d.uint64(), module: d.uint64(),
		file: d.uint32(), line: d.uint32(),
	}
}

// decoder takes numbers off the front of what is left.
type decoder struct{ left []byte }

func (d *decoder) uint64() uint64 {
	v := binary.BigEndian.Uint64(d.left)
	d.left = d.left[8:]
	return v
}

func (d *decoder) uint32() uint32 {
	v := binary.BigEndian.Uint32(d.left)
	d.left = d.left[4:]
	return v
}

func (d *decoder) byte() byte {
	v := d.left[0]
	d.left = d.left[1:]
	return v
}
