package store

import "glow/schema"

// countIn counts the sessions of the chosen people that began in a window, from
// the summaries but for the edges of days.
func (h *history) countIn(t *tx, w schema.Window) (sum int64, err error) {
	if h.people.individual {
		n, err := t.countPeople(h.people, w, h.store.o.Zone)
		return total(n).Sessions, err
	}
	ranges, err := t.splitWindow(w, h.store.o.Zone)
	if err != nil {
		return 0, err
	}
	for _, part := range ranges {
		query := `SELECT count(*) FROM session s WHERE s.created_at >= :from AND s.created_at < :until AND ` + h.people.keys(`+s.profile_key`)
		if part.table != "" {
			query = `SELECT ifnull(sum(d.sessions), 0) FROM ` + cohortDays(part.table, h.people, "d.day >= :first_day AND d.day < :end_day")
		}
		n, err := t.QueryCount(query, h.people.with(part.args()...)...)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// bucket is a stretch of days with the number of sessions that began in it.
type bucket struct {
	first, last schema.Day
	sessions    int64
}

// locatePage passes over offset sessions by months, then by days. It returns the
// window that begins (descending: ends) on the day where the next session is,
// and how many sessions of that day are still to be passed over.
func (h *history) locatePage(t *tx, offset int64, descending bool) (schema.Window, int64, error) {
	var lowest, highest *schema.Day
	if err := t.QueryRow([]any{&lowest, &highest}, `SELECT min(day), max(day) FROM calendar`); err != nil {
		return h.window, offset, err
	}
	first, last, ok := daysOf(h.window, lowest, highest, h.store.o.Zone)
	if !ok || lowest == nil {
		return h.window, offset, nil
	}
	first, last = max(first, *lowest), min(last, *highest)
	for _, interval := range []string{schema.IntervalMonth, schema.IntervalDay} {
		buckets, err := h.buckets(t, first, last, interval)
		if err != nil {
			return h.window, offset, err
		}
		var at bucket
		if at, offset = skipBuckets(buckets, offset, descending); at == (bucket{}) {
			return h.window, offset, nil
		}
		first, last = at.first, at.last
	}
	zone := h.store.o.Zone
	if descending {
		return h.window.Intersect(schema.Window{From: h.window.From, Until: (last + 1).Start(zone)}), offset, nil
	}
	return h.window.Intersect(schema.Window{From: first.Start(zone), Until: h.window.Until}), offset, nil
}

// skipBuckets passes over whole buckets. It returns the one in which offset runs out.
func skipBuckets(buckets []bucket, offset int64, descending bool) (bucket, int64) {
	for i := range buckets {
		b := buckets[i]
		if descending {
			b = buckets[len(buckets)-1-i]
		}
		if offset < b.sessions {
			return b, offset
		}
		offset -= b.sessions
	}
	return bucket{}, offset
}

// buckets counts the days from first to last in those months or days in which
// there are records. The first and the last are counted separately, since the window
// may cut them.
func (h *history) buckets(t *tx, first, last schema.Day, interval string) ([]bucket, error) {
	var list []bucket
	query := `SELECT d.day, sum(d.sessions) FROM ` + cohortDays("profile_"+interval, h.people, "d.day BETWEEN :first_day AND :last_day") + ` GROUP BY d.day ORDER BY d.day`
	err := t.Query(func(scan func(...any) error) error {
		var (
			day schema.Day
			n   int64
		)
		err := scan(&day, &n)
		list = append(list, bucket{first: max(day, first), last: min(stepOf(day, interval).EndsOn, last), sessions: n})
		return err
	}, query, h.people.with(daysArgs(stepOf(first, interval).StartsOn, last)...)...)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if i > 0 && i < len(list)-1 {
			continue
		}
		inside := h.window.Intersect(schema.DayWindow(list[i].first, list[i].last, h.store.o.Zone))
		if list[i].sessions, err = h.countIn(t, inside); err != nil {
			return nil, err
		}
	}
	return list, nil
}
