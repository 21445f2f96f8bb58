package eventlog

import (
	"cmp"
	"slices"

	"glow/schema"
)

// changedTimes tell which sessions an import touches: those with a row that is new,
// has changed or is no longer there, and those that such a row is near enough to join
// or to have joined.
type changedTimes struct {
	gap    schema.Instant // the longest within a session
	always bool           // all rows are new: nothing needs to be noted
	near   map[period]struct{}
	all    []schema.LogSpan
}

// period is a time of somebody as long as the gap. Whatever is within the gap of a time
// is in the same period or in one beside it.
type period struct {
	who    rank
	number schema.Instant
}

// mark notes a time of somebody at which something has changed.
func (t *changedTimes) mark(who rank, at schema.Instant) {
	if t.always {
		return
	}
	if t.near == nil {
		t.near = map[period]struct{}{}
	}
	t.near[period{who, at / t.gap}] = struct{}{}
}

// leave notes a time at which somebody may have a row no longer. Who is nobody where
// none of their rows is left.
func (t *changedTimes) leave(who rank, profile string, at schema.Instant) {
	if profile == "" {
		return
	}
	t.mark(who, at)
	t.span(profile, at, at)
}

// span notes a time of which all records are made.
func (t *changedTimes) span(profile string, from, until schema.Instant) {
	if t.always {
		return
	}
	t.all = append(t.all, schema.LogSpan{Profile: profile, From: from, Until: until})
}

// has reports whether something has changed near a time of somebody.
func (t *changedTimes) has(who rank, at schema.Instant) bool {
	if t.always {
		return true
	}
	for number := at/t.gap - 1; number <= at/t.gap+1; number++ {
		if _, marked := t.near[period{who, number}]; marked {
			return true
		}
	}
	return false
}

// spans returns what was noted, in order and with what overlaps made one.
func (t *changedTimes) spans() []schema.LogSpan {
	slices.SortFunc(t.all, func(a, b schema.LogSpan) int {
		return cmp.Or(cmp.Compare(a.Profile, b.Profile), cmp.Compare(a.From, b.From))
	})
	var merged []schema.LogSpan
	for _, s := range t.all {
		if n := len(merged); n > 0 && merged[n-1].Profile == s.Profile && s.From <= merged[n-1].Until {
			merged[n-1].Until = max(merged[n-1].Until, s.Until)
			continue
		}
		merged = append(merged, s)
	}
	return merged
}
