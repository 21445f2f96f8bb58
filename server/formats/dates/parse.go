package dates

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"glow/schema"
)

// rawTime is a time as it is written, before the order of its parts is known.
type rawTime struct {
	exact bool // at is the time; the other fields are not used
	at    schema.Instant

	fixed  bool // date is known, in any order
	date   date
	parts  []part // two or three, if date is not known
	dotted bool   // with points between
	clock  int64  // microseconds since midnight
	offset string // as RFC 3339 has it; "" for none
}

// part is a number of a date.
type part struct {
	value, digits int
	padded        bool // with a leading zero
}

// parse reads a text as far as it is unambiguous by itself. months are the names of
// months that its language has besides monthNames.
func parse(text string, months map[string]int) (rawTime, error) {
	if r, err, ok := parseNumber(text); ok {
		return r, err
	}
	left, clock, offset, err := cutClock(plain(text))
	if err != nil {
		return rawTime{}, err
	}
	r, err := parseDate(left, months)
	r.clock, r.offset = clock, offset
	return r, err
}

// plain returns a text in lower case and NFC, with single blanks of one kind, and
// without the invisible marks that some programs put around the parts of a date. Digits
// and commas of Arabic are those of Latin.
func plain(text string) string {
	text = strings.Map(func(c rune) rune {
		switch {
		case c == '\u200e' || c == '\u200f':
			return -1
		case c >= '٠' && c <= '٩':
			return c - '٠' + '0'
		case c == '،':
			return ','
		case unicode.IsSpace(c):
			return ' '
		}
		return unicode.ToLower(c)
	}, norm.NFC.String(text))
	return strings.Join(strings.Fields(text), " ")
}

// dateParser goes through the words and numbers of a date.
type dateParser struct {
	months  map[string]int // of the language, besides monthNames
	units   [3]part        // year, month and day, where each is followed by its unit
	numbers []part
	between []string // what stands before each number
	month   int
	first   string // the word at the very start
	counted bool   // the next number is that of a month
	passed  bool   // the next number is that of a weekday
}

func parseDate(s string, months map[string]int) (rawTime, error) {
	p := dateParser{months: months}
	gap := "" // between the number before and this
	for s != "" {
		end := 0
		switch c := s[0]; {
		case isDigit(c):
			for end < len(s) && isDigit(s[end]) {
				end++
			}
			if !p.number(s[:end], gap) {
				return rawTime{}, errShape
			}
			gap = ""
		case strings.IndexByte(" ,./-()'", c) >= 0:
			end = 1
			gap += s[:1]
		case strings.HasPrefix(s, "’"): // 3 d’abril
			end = len("’")
		default:
			end = strings.IndexFunc(s, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsMark(c) })
			if end < 0 {
				end = len(s)
			}
			if c, size := utf8.DecodeRuneInString(s); gap == "" && p.unit(c) {
				end = size
			} else if end == 0 || !p.word(s[:end], gap) {
				return rawTime{}, errShape
			}
			gap = " "
		}
		s = s[end:]
	}
	return p.result()
}

// unit takes the unit that follows the last number, as in 2025年, and reports whether it is
// one.
func (p *dateParser) unit(c rune) bool {
	at, known := units[c]
	last := len(p.numbers) - 1
	if !known || last < 0 {
		return false
	}
	p.units[at] = p.numbers[last]
	p.numbers, p.between = p.numbers[:last], p.between[:last]
	return true
}

// number takes a number, and reports whether it can be of a date.
func (p *dateParser) number(s, gap string) bool {
	if len(s) > 4 || len(s) == 3 {
		return false
	}
	n := part{digits: len(s), padded: len(s) == 2 && s[0] == '0'}
	for i := range len(s) {
		n.value = n.value*10 + int(s[i]-'0')
	}
	switch {
	case p.counted:
		p.counted = false
		if p.month != 0 || n.value < 1 || n.value > 12 {
			return false
		}
		p.month = n.value
	case p.passed:
		p.passed = false
	default:
		p.numbers, p.between = append(p.numbers, n), append(p.between, strings.TrimSpace(gap))
	}
	return len(p.numbers) <= 3
}

// word takes a word, and reports whether it can be of a date.
func (p *dateParser) word(s, gap string) bool {
	if p.first == "" && len(p.numbers) == 0 {
		p.first = s
	}
	month := cmp.Or(p.months[s], monthNames[s])
	switch {
	case gap == "" && len(p.numbers) > 0 && endings[s]:
	case month != 0 && p.month == 0:
		p.month = month
	case month != 0 && p.month == cmp.Or(p.months[p.first], monthNames[p.first]) && passedOver[p.first]: // the first was a weekday: mar 4 mar 2025
		p.month = month
	case monthWords[s]:
		p.counted = true
	case weekdayWords[s]:
		p.passed = true
	case passedOver[s]:
		p.passed = false // the weekday has a name
	default:
		return false
	}
	return true
}

func (p *dateParser) result() (rawTime, error) {
	if p.counted {
		return rawTime{}, errShape
	}
	if p.month != 0 {
		return p.named()
	}
	if year, month, day := p.units[0], p.units[1], p.units[2]; month.digits > 0 && day.digits > 0 {
		d := date{0, month.value, day.value}
		if year.digits > 0 {
			d.year = year.year()
		}
		return rawTime{fixed: true, date: d}, nil
	}
	n := p.numbers
	if len(n) < 2 {
		return rawTime{}, errShape
	}
	for i, sep := range p.between[1:] {
		if sep != p.between[1] || len(sep) != 1 || sep == "," || n[i+1].digits == 4 && i != 1 {
			return rawTime{}, errShape
		}
	}
	if n[0].digits == 4 {
		if len(n) != 3 || n[2].digits == 4 {
			return rawTime{}, errShape
		}
		return rawTime{fixed: true, date: date{n[0].value, n[1].value, n[2].value}}, nil
	}
	return rawTime{parts: n, dotted: p.between[1] == "."}, nil
}

// named makes a date of the name of a month and one or two numbers. A year of two
// digits comes after the day in every language.
func (p *dateParser) named() (rawTime, error) {
	n := p.numbers
	switch {
	case len(n) == 1 && n[0].digits <= 2:
		return rawTime{fixed: true, date: date{0, p.month, n[0].value}}, nil
	case len(n) == 2 && n[0].digits == 4 && n[1].digits <= 2:
		return rawTime{fixed: true, date: date{n[0].value, p.month, n[1].value}}, nil
	case len(n) == 2 && n[0].digits <= 2:
		return rawTime{fixed: true, date: date{n[1].year(), p.month, n[0].value}}, nil
	}
	return rawTime{}, errShape
}

// year returns a part as a year; one of two digits is of this century, as Moodle is.
func (n part) year() int {
	if n.digits == 4 {
		return n.value
	}
	return 2000 + n.value
}

// in returns the date in an order; month and day may be out of range. ok is false if the
// order puts the year where no year can be.
func (r *rawTime) in(o Order) (d date, ok bool) {
	if r.fixed {
		return r.date, true
	}
	n := r.parts
	switch {
	case len(n) == 2 && o == DMY:
		return date{0, n[1].value, n[0].value}, true
	case len(n) == 2:
		return date{0, n[0].value, n[1].value}, true
	case o == DMY:
		return date{n[2].year(), n[1].value, n[0].value}, true
	case o == MDY:
		return date{n[2].year(), n[0].value, n[1].value}, true
	}
	return date{n[0].year(), n[1].value, n[2].value}, n[2].digits <= 2
}

// possible reports whether the date could be in an order, from its parts alone.
func (r *rawTime) possible(o Order) bool {
	d, ok := r.in(o)
	return ok && d.inRange()
}

// hasWall reports whether r is a reading of a wall clock in the zone.
func (r *rawTime) hasWall() bool { return !r.exact && r.offset == "" }

// wallText prints a date and the time of day as RFC 3339 has them.
func (r *rawTime) wallText(d date) string {
	t := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(r.clock) * time.Microsecond)
	return fmt.Sprintf("%04d-%02d-%02dT%s", d.year, d.month, d.day, t.Format("15:04:05.999999"))
}
