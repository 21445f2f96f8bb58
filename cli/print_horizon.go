package cli

import "glow/schema"

// showHorizons prints how far the records of each department reach.
func showHorizons(p *page, _ schema.HorizonRequest, r schema.HorizonResponse) {
	p.line("Up to when the records are known to be complete. Times in %s.", p.zone)
	rows := make([][]string, len(r.Horizons))
	for i, h := range r.Horizons {
		rows[i] = []string{departmentText(h), p.timeOrNone(h.DataUntil)}
	}
	p.grid("", columns("department", "data until"), rows)
}

func departmentText(h schema.Horizon) string {
	if h.DepartmentID == nil {
		return "people without a department"
	}
	return *h.DepartmentID
}

// showDataUntil says how far the records of the people reach where that is not about
// now: of all together and, where departments differ, of the one that is furthest
// behind.
func showDataUntil(p *page, r schema.ActivityResponse) {
	if r.DataUntil != nil {
		p.line("Data until %s.", p.time(*r.DataUntil))
	}
	if r.DataUntilDescribed != "" {
		p.line("%s", r.DataUntilDescribed)
	}
	if oldest, ok := schema.OldestHorizon(r.Horizons); ok {
		p.line("%s", schema.BehindWords(departmentText(oldest), oldest.DataUntil, p.zone))
	}
	if r.InFutureCount > 0 {
		p.line("%s for nobody as activity: %s.", recordsCount(r.InFutureCount), futureText(r.InFuture))
	}
}

func recordsCount(n int64) string {
	if n == 1 {
		return "1 record is dated more than a day ahead, which counts"
	}
	return number(n) + " records are dated more than a day ahead, which count"
}

// futureText names the first of the records of the future.
func futureText(list []schema.FutureRecord) string {
	var words []string
	for _, one := range list {
		whose := ""
		if one.ProfileID != "" {
			whose = " of " + one.ProfileID
		}
		words = append(words, one.Kind+" "+one.ID+whose+" at "+one.CreatedAt.String())
	}
	return schema.JoinFirst(words)
}
