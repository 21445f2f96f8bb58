package dates

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
)

var (
	errShape = errors.New("is not a time; write it as 2022-09-05 07:25:12, 17/10/21, 12:41, 3 March 2025, 2:05 PM, or in epoch seconds")
	errClock = errors.New("is a time of day that does not exist")
	errFiner = errors.New("is finer than a microsecond; give at most six decimals of a second")
)

// otherClocks are times of day without a colon: 14 h 05, 14h05, and at the end 14.05.
var otherClocks = regexp.MustCompile(`(^|[ ,])\d{1,2} ?h ?\d{2}|[ ,]\d{1,2}\.\d{2}(\.\d{2})?$`)

// cutClock takes the time of day out of a text in lower case, with the half of the
// day and the offset that are beside it. What is left is the date.
func cutClock(s string) (left string, clock int64, offset string, err error) {
	colon := strings.IndexByte(s, ':')
	if colon < 0 {
		s = otherClocks.ReplaceAllStringFunc(s, func(clock string) string {
			return strings.NewReplacer(" h ", ":", "h ", ":", " h", ":", "h", ":", ".", ":").Replace(clock)
		})
		colon = strings.IndexByte(s, ':')
	}
	if colon < 0 {
		return "", 0, "", errShape
	}
	start := colon
	for start > 0 && isDigit(s[start-1]) {
		start--
	}
	hour, err := twoDigits(s[start:colon])
	if err != nil {
		return "", 0, "", err
	}
	var parts [2]int // minute, second
	rest := s[colon:]
	for i := range parts {
		if len(rest) < 3 || rest[0] != ':' || !isDigit(rest[1]) || !isDigit(rest[2]) {
			break
		}
		parts[i] = int(rest[1]-'0')*10 + int(rest[2]-'0')
		rest = rest[3:]
	}
	if len(s)-colon-len(rest) < 3 {
		return "", 0, "", errShape
	}
	fraction := int64(0)
	if len(s)-colon-len(rest) == 6 {
		if fraction, rest, err = cutFraction(rest); err != nil {
			return "", 0, "", err
		}
	}
	if rest != "" && (isDigit(rest[0]) || rest[0] == ':') {
		return "", 0, "", errShape
	}
	before, rest := s[:start], strings.TrimLeft(rest, " ")
	if hour, before, rest, err = cutMeridiem(hour, before, rest); err != nil {
		return "", 0, "", err
	}
	if hour > 23 || parts[0] > 59 || parts[1] > 59 {
		return "", 0, "", errClock
	}
	offset, rest = cutOffset(strings.TrimLeft(rest, " "))
	if len(before) > 1 && before[len(before)-1] == 't' && isDigit(before[len(before)-2]) {
		before = before[:len(before)-1]
	}
	return strings.Trim(before+" "+rest, " ,"), int64(hour*3600+parts[0]*60+parts[1])*1e6 + fraction, offset, nil
}

func twoDigits(s string) (int, error) {
	if s == "" || len(s) > 2 {
		return 0, errShape
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, errShape
	}
	return n, nil
}

// cutFraction takes the decimals of a second off the front.
func cutFraction(s string) (int64, string, error) {
	if len(s) < 2 || s[0] != '.' && s[0] != ',' || !isDigit(s[1]) {
		return 0, s, nil
	}
	end := 1
	for end < len(s) && isDigit(s[end]) {
		end++
	}
	if end > 7 {
		return 0, "", errFiner
	}
	return micros(s[1:end]), s[end:], nil
}

// cutMeridiem takes AM or PM off the front of what follows the time, or off the end of
// what stands before, and turns the hour of a 12-hour clock into that of the day.
func cutMeridiem(hour int, before, after string) (h int, left, rest string, err error) {
	for _, m := range meridiems {
		if rest, ok := strings.CutPrefix(after, m.text); ok && (rest == "" || rest[0] == ' ' || rest[0] == ',') {
			hour, err := m.hour(hour)
			return hour, before, rest, err
		}
	}
	for _, m := range meridiemsBefore {
		if left, ok := strings.CutSuffix(strings.TrimRight(before, " "), m.text); ok {
			hour, err := m.hour(hour)
			return hour, left, after, err
		}
	}
	return hour, before, after, nil
}

// hour returns the hour of the day that a 12-hour clock shows.
func (m meridiem) hour(hour int) (int, error) {
	if hour < 1 || hour > 12 {
		return 0, errClock
	}
	hour %= 12
	if m.pm {
		hour += 12
	}
	return hour, nil
}

// cutOffset takes an offset off the front, and returns it as RFC 3339 has it; ""
// when there is none.
func cutOffset(s string) (offset, rest string) {
	for _, utc := range []string{"utc", "gmt", "z"} {
		if rest, ok := strings.CutPrefix(s, utc); ok && (rest == "" || rest[0] == ' ' || rest[0] == ',') {
			return "Z", rest
		}
	}
	if len(s) < 3 || s[0] != '+' && s[0] != '-' || !isDigit(s[1]) || !isDigit(s[2]) {
		return "", s
	}
	hours, rest := s[:3], s[3:]
	minutes := strings.TrimPrefix(rest, ":")
	switch {
	case len(minutes) >= 2 && isDigit(minutes[0]) && isDigit(minutes[1]):
		return hours + ":" + minutes[:2], minutes[2:]
	case rest == "":
		return hours + ":00", ""
	}
	return "", s
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }
