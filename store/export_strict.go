package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"

	"glow/schema"
)

// A strictly pseudonymized export moves the times of each person back by a secret number of
// whole days, the same in every export of this instance. Order and gaps of one person's
// records are kept, and no time can be joined with another log. Everything that would
// reveal the number is left empty: references between people's records, how far records
// reach, and whether a session is active. Rows are ordered by the exported times.
//
// Times in 1970 and 9999 mean "never" and are kept, and no other time is moved into 1970,
// so that all stay valid and ordered.

const (
	mostDays    = 3650 // that times are moved back; at least one
	daysWidth   = 4    // digits of a number of days in dayShifts.digits
	microsOfDay = int64(24 * time.Hour / time.Microsecond)
)

var (
	firstMoved = int64(schema.InstantOf(time.Date(1971, 1, 1, 0, 0, 0, 0, time.UTC)))
	endMoved   = int64(schema.InstantOf(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)))
)

// days returns by how many days the times of a person are moved back. The id is empty for
// records of nobody.
func (p *pseudonyms) days(profileID string) int64 {
	p.mac.Reset()
	p.mac.Write([]byte("days\x00" + profileID))
	return 1 + int64(binary.BigEndian.Uint64(p.mac.Sum(nil))%mostDays)
}

// moveBack moves a time back by days.
func moveBack(at, days int64) int64 {
	if at < firstMoved || at >= endMoved {
		return at
	}
	return max(at-days*microsOfDay, firstMoved)
}

// strict returns the person as a strictly pseudonymized export shows them.
func (p *pseudonyms) strict(one person) person {
	if one.lastActive != nil {
		at := schema.Instant(moveBack(int64(*one.lastActive), p.days(one.id)))
		one.lastActive = &at
	}
	one.dataUntil = nil
	return one
}

// dayShifts holds the days of all people in a form that SQL can index: daysWidth digits
// each, at the position of the person's key; position 0 is for records of nobody.
type dayShifts struct {
	digits []byte
	places int64
}

func (p *pseudonyms) shifts(persons map[int64]*exportPerson) *dayShifts {
	last := int64(0)
	for key := range persons {
		last = max(last, key)
	}
	text := func(days int64) []byte { return fmt.Appendf(nil, "%0*d", daysWidth, days) }
	s := &dayShifts{bytes.Repeat(text(p.days("")), int(last)+1), last + 1}
	for key, one := range persons {
		copy(s.digits[key*daysWidth:], text(p.days(one.id)))
	}
	return s
}

// shift is moveBack as an SQL expression, for a time of the person whose key is owner.
func (s *dayShifts) shift(expr, owner string) string {
	if s == nil {
		return expr
	}
	days := fmt.Sprintf("CAST(CAST(substr(:day_shifts, %[1]d * iif(%[2]s < %[3]d, %[2]s, 0) + 1, %[1]d) AS TEXT) AS INTEGER)", daysWidth, owner, s.places)
	return fmt.Sprintf("(SELECT CASE WHEN at < %d OR at >= %d THEN at ELSE max(at - %d * %s, %[1]d) END FROM (SELECT %[5]s AS at))",
		firstMoved, endMoved, microsOfDay, days, expr)
}

// ownedBy is the condition that a referenced record belongs to the person owner.
func ownedBy(to *table, alias, owner string) string {
	if to.kind.Field("profile_id") >= 0 {
		return alias + ".profile_key IS " + owner
	}
	return sessionOwner(alias) + " IS " + owner
}
