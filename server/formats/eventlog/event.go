package eventlog

import (
	"encoding/binary"
	"hash/fnv"

	"glow/schema"
)

// Event is what a row means as far as it means more than activity. Databases hold these
// numbers, so they never change.
type Event uint8

// The events.
const (
	EventOther Event = iota
	EventLoggedIn
	EventLoggedInAs // acts as the affected user from here on
	EventRoleAssigned
	EventAttemptStarted
	EventAttemptSubmitted
)

// IsAttempt reports whether the event is of an attempt at a quiz.
func (e Event) IsAttempt() bool { return e == EventAttemptStarted || e == EventAttemptSubmitted }

// Origin tells apart whose rows count. Databases hold these numbers, so they never
// change.
type Origin uint8

// The origins.
const (
	OriginUnsaid Origin = iota
	OriginPerson
	OriginCLI
	OriginRestore
)

// NoUser is the LogRow.User of a row that does not say who acts.
const NoUser = -1

// HashOf returns the FNV-1a hash of an event's name, for LogRow.EventName. Databases hold
// it, so it must never change.
func HashOf[T string | []byte](name T) uint64 {
	hash := fnv.New64a()
	hash.Write([]byte(name))
	return hash.Sum64()
}

// event is a row that counts, after it is known who is behind it.
type event struct {
	at       schema.Instant
	id       uint64 // of the log row; 0 where the shape has none
	event    Event
	hash     uint64
	actor    rank
	viewed   rank // whom the actor acts as; nobody when as themselves
	object   uint64
	module   uint64
	digest   [2]uint64 // of a row without an id
	position uint32    // among rows with the same digest
	file     uint32    // position in derivation.files, from 1; 0 for a row of an earlier import
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
		at: schema.Instant(d.uint64()), id: d.uint64(), event: Event(d.byte()), hash: d.uint64(),
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
