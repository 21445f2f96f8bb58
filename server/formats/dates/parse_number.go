package dates

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"glow/schema"
)

// What a number may be. No log of ours is older than 2001, and no number is two of these.
const (
	minSerial = 20000 // days since 1899-12-30, as spreadsheets count them: 1954
	maxSerial = 80000 // 2119

	minSeconds = 978307200    // epoch seconds: 2001
	maxSeconds = 253402250399 // the end of 9999, in every zone

	minMillis = minSeconds * 1000
	maxMillis = 4102444800000 // 2100
)

var errNumber = errors.New("is a number, but no time: epoch seconds are taken from 2001 on (978307200), and a spreadsheet's days from 20000 to 80000")

// parseNumber reads a time that is a number, with or without decimals. It reports
// whether the text is one.
func parseNumber(s string) (r rawTime, err error, ok bool) {
	whole, decimals := s, ""
	if i := strings.IndexAny(s, ".,"); i > 0 {
		whole, decimals = s[:i], s[i+1:]
	}
	if whole == "" || !isDigits(whole) || !isDigits(decimals) || len(whole) < len(s) && decimals == "" {
		return r, nil, false
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return r, errNumber, true
	}
	decimals = strings.TrimRight(decimals, "0")
	switch {
	case minSerial <= n && n <= maxSerial:
		return serial(n, decimals), nil, true
	case minSeconds <= n && n <= maxSeconds:
		if len(decimals) > 6 {
			return r, errFiner, true
		}
		return rawTime{exact: true, at: schema.Instant(n*1e6 + micros(decimals))}, nil, true
	case minMillis <= n && n < maxMillis && decimals == "":
		return rawTime{exact: true, at: schema.Instant(n * 1000)}, nil, true
	}
	return r, errNumber, true
}

// serial reads a spreadsheet's number of days. Its decimals are rounded to the
// second: a double holds the part of a day only about as finely, and 14:05 must
// not become 14:04:59.999999.
func serial(days int64, decimals string) rawTime {
	part, _ := strconv.ParseFloat("0."+decimals, 64) // nothing but digits
	seconds := days*86400 + int64(math.Round(part*86400))
	t := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).Add(time.Duration(seconds/86400) * 24 * time.Hour)
	return rawTime{
		fixed: true, date: date{t.Year(), int(t.Month()), t.Day()}, clock: seconds % 86400 * 1e6,
	}
}

// micros reads the decimals of a second, at most six.
func micros(decimals string) int64 {
	n, _ := strconv.ParseInt((decimals + "000000")[:6], 10, 64) // nothing but digits
	return n
}

func isDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }
