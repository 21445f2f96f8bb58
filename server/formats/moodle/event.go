package moodle

import (
	"encoding/binary"

	"glow/schema"
)

// eventKind is what a row means to us, as far as it means more than activity. Databases
// hold these numbers, so they never change.
type eventKind uint8

const (
	eventOther eventKind = iota
	eventLoggedIn
	eventLoggedInAs
	eventRoleAssigned
	eventAttemptStarted
	eventAttemptSubmitted
)

// origin tells apart whose rows count. Databases hold these numbers, so they never
// change.
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
	event   eventKind
	origin  origin
	real    uint64 // who really acts, when that is somebody else; 0 none
	related uint64 // whom the row affects, where it gives both name and id or somebody is logged in as them; 0 none
	object  uint64 // the attempt; 0 none
	module  uint64 // the quiz that an attempt belongs to; 0 none

	name     uint32 // position of "User full name" in nameList; 0 none
	affected uint32 // likewise "Affected user"

	repeated bool // the clock showed its time twice, see dates.Time
}

// noUser is the user of a row that does not say who acts.
const noUser = -1

// logRow returns the row as the database keeps it, without its digest and place.
func (r *row) logRow() schema.LogRow {
	return schema.LogRow{
		ID: r.id, At: r.at, Repeated: r.repeated, Event: uint8(r.event), Origin: uint8(r.origin), EventName: r.hash,
		User: r.user, Real: r.real, Related: r.related, Object: r.object, Module: r.module,
		Name: r.name, Affected: r.affected, New: true,
	}
}

// event is a row that counts, after it is known who is behind it.
type event struct {
	at       schema.Instant
	id       uint64 // of the log row; 0 where the shape has none
	event    eventKind
	hash     uint64
	actor    rank
	viewed   rank // whom the actor acts as; nobody when as themselves
	object   uint64
	module   uint64
	digest   [2]uint64 // of a row without an id
	position uint32    // among rows with the same digest
	file     uint32    // position in the log's files, from 1; 0 for a row of an earlier import
	line     uint32
}

const eventSize = 7*8 + 1 + 5*4

// encode appends e to b such that events sort by time, then by id, then by
// content: in an order that does not depend on the files.
func (e *event) encode(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(e.at))
	b = binary.BigEndian.AppendUint64(b, e.id)
	b = append(b, byte(e.event))
	b = binary.BigEndian.AppendUint64(b, e.hash)
	b = binary.BigEndian.AppendUint32(b, uint32(e.actor))
	b = binary.BigEndian.AppendUint32(b, uint32(e.viewed))
	b = binary.BigEndian.AppendUint64(b, e.object)
	b = binary.BigEndian.AppendUint64(b, e.module)
	b = binary.BigEndian.AppendUint64(b, e.digest[0])
	b = binary.BigEndian.AppendUint64(b, e.digest[1])
	b = binary.BigEndian.AppendUint32(b, e.position)
	b = binary.BigEndian.AppendUint32(b, e.file)
	return binary.BigEndian.AppendUint32(b, e.line)
}

func decodeEvent(b []byte) event {
	d := decoder{b}
	return event{
		at: schema.Instant(d.uint64()), id: d.uint64(), event: eventKind(d.byte()), hash: d.uint64(),
		actor: rank(d.uint32()), viewed: rank(d.uint32()), object: d.uint64(), module: d.uint64(),
		digest: [2]uint64{d.uint64(), d.uint64()}, position: d.uint32(), file: d.uint32(), line: d.uint32(),
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
