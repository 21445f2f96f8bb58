package moodle

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"glow/schema"
)

var errTimeShape = errors.New("is not a time of a Moodle log; those are epoch seconds, 2022-09-05 07:25:12, or 17/10/21, 12:41 with the day first")

// parseTime reads a time in any of the ways that Moodle logs write it.
func parseTime(s string, zone *time.Location) (schema.Instant, error) {
	if s != "" && strings.Trim(s, "0123456789") == "" {
		return parseEpoch(s)
	}
	if strings.Contains(s, "/") {
		return parseDayFirst(s, zone)
	}
	if len(s) > 10 && s[10] == ' ' {
		s = s[:10] + "T" + s[11:]
	}
	if len(s) < 11 || s[4] != '-' {
		return 0, errTimeShape
	}
	return schema.ParseInstant(s, zone)
}

func parseEpoch(s string) (schema.Instant, error) {
	const end = 253402300800 // the year 10000
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n >= end {
		return 0, fmt.Errorf("lies after the year %d", schema.MaxYear)
	}
	return schema.Instant(n * 1e6), nil
}

// parseDayFirst reads 17/10/21, 12:41 and its like: a day or month of one digit,
// a year of four, seconds.
func parseDayFirst(s string, zone *time.Location) (schema.Instant, error) {
	date, clock, ok := strings.Cut(s, ",")
	if !ok {
		date, clock, ok = strings.Cut(s, " ")
	}
	d := strings.Split(strings.TrimSpace(date), "/")
	c := strings.Split(strings.TrimSpace(clock), ":")
	if !ok || len(d) != 3 || len(c) < 2 || len(c) > 3 {
		return 0, errTimeShape
	}
	if len(c) == 2 {
		c = append(c, "00")
	}
	if len(d[2]) == 2 {
		d[2] = "20" + d[2]
	}
	for _, part := range []*string{&d[0], &d[1], &c[0]} {
		if len(*part) == 1 {
			*part = "0" + *part
		}
	}
	for _, part := range []string{d[0], d[1], c[0], c[1], c[2]} {
		if len(part) != 2 || strings.Trim(part, "0123456789") != "" {
			return 0, errTimeShape
		}
	}
	if len(d[2]) != 4 || strings.Trim(d[2], "0123456789") != "" {
		return 0, errTimeShape
	}
	return schema.ParseInstant(d[2]+"-"+d[1]+"-"+d[0]+"T"+c[0]+":"+c[1]+":"+c[2], zone)
}
