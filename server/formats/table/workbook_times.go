package table

import (
	"encoding/xml"
	"math"
	"strconv"
	"strings"
	"time"
)

// timeFormat is what a style shows a number as.
type timeFormat struct{ date, clock bool }

// readStyles reads which styles show a number as a time.
func (w *workbook) readStyles() error {
	formats := map[int]timeFormat{}
	inCells := false
	return w.decode("xl/styles.xml", func(_ *xml.Decoder, e xml.StartElement) error {
		number := func(name string) int {
			n, err := strconv.Atoi(attribute(e, name))
			if err != nil {
				return -1
			}
			return n
		}
		switch e.Name.Local {
		case "numFmt":
			formats[number("numFmtId")] = formatOf(attribute(e, "formatCode"))
		case "cellXfs":
			inCells = true
		case "cellStyles", "dxfs", "cellStyleXfs":
			inCells = false
		case "xf":
			if !inCells {
				break
			}
			id := number("numFmtId")
			f, own := formats[id]
			if !own {
				f = builtinFormat(id)
			}
			w.styles = append(w.styles, f)
		}
		return nil
	})
}

// builtinFormat returns what a format shows that has no code of its own (ECMA-376 part 1, 18.8.30,
// with those of East Asia).
func builtinFormat(id int) timeFormat {
	switch {
	case 14 <= id && id <= 17, 27 <= id && id <= 31, id == 36, 50 <= id && id <= 54, id == 57, id == 58:
		return timeFormat{date: true}
	case 18 <= id && id <= 21, 32 <= id && id <= 35, 55 <= id && id <= 56, id == 45, id == 47:
		return timeFormat{clock: true}
	case id == 22:
		return timeFormat{true, true}
	}
	return timeFormat{}
}

// formatOf tells from the code of a format what it shows: letters of dates and clocks, outside of
// quotes, colours, conditions and languages. A span of time, as [h]:mm, is a number.
func formatOf(code string) timeFormat {
	code, _, _ = strings.Cut(code, ";")
	var f timeFormat
	minutes := false
	for i := 0; i < len(code); i++ {
		switch c := code[i] | 0x20; code[i] {
		case '"':
			if end := strings.IndexByte(code[i+1:], '"'); end >= 0 {
				i += end + 1
			}
		case '\\', '_', '*':
			i++
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				return f
			}
			if inside := strings.ToLower(code[i+1 : i+end]); inside != "" && strings.Trim(inside, "h") == "" || inside != "" && strings.Trim(inside, "m") == "" || inside != "" && strings.Trim(inside, "s") == "" {
				return timeFormat{}
			}
			i += end
		default:
			switch c {
			case 'y', 'd':
				f.date = true
			case 'h', 's':
				f.clock = true
			case 'm':
				minutes = true
			case 'g', 'e':
				if strings.HasPrefix(strings.ToLower(code[i:]), "general") {
					return timeFormat{}
				}
			}
		}
	}
	if minutes && !f.clock {
		f.date = true
	}
	return f
}

// appendTime appends the time that a number stands for: days since the last of 1899, or of 1903, to
// the millisecond. A date without a clock is one alone, a clock without a date too.
func appendTime(b []byte, days float64, f timeFormat, is1904 bool) ([]byte, bool) {
	const maxDays = 2958466 // 1 January 10000
	if !f.date && !f.clock || days < 0 || days >= maxDays {
		return b, false
	}
	const dayMillis = 86400 * 1000
	millis := int64(math.Round(days * dayMillis))
	number, clock := millis/dayMillis, millis%dayMillis
	if is1904 {
		number += 1462
	} else if number < 60 {
		number++ // spreadsheets count a 29 February 1900, which was none
	}
	at := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(number)).Add(time.Duration(clock) * time.Millisecond)
	switch {
	case !f.date && days < 1:
		return at.AppendFormat(b, "15:04:05.999"), true
	case !f.clock && clock == 0:
		return at.AppendFormat(b, "2006-01-02"), true
	}
	return at.AppendFormat(b, "2006-01-02 15:04:05.999"), true
}
