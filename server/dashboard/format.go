package dashboard

import (
	"fmt"
	"html/template"
	"math"
	"strconv"

	"glow/schema"
)

// Number prints a count with a comma between thousands.
func Number[N int | int64](n N) string {
	digits := strconv.FormatInt(int64(n), 10)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "−", digits[1:]
	}
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return sign + digits
}

// Count prints a number with its noun.
func Count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Number(n) + " " + many
}

// Size prints a number of bytes.
func Size(n int64) string {
	units := []string{"bytes", "KiB", "MiB", "GiB", "TiB"}
	v, u := float64(n), 0
	for v >= 1024 && u < len(units)-1 {
		v /= 1024
		u++
	}
	if u == 0 {
		return Number(n) + " bytes"
	}
	return strconv.FormatFloat(v, 'f', 1, 64) + " " + units[u]
}

// percent is how much now is above before, rounded; "" when there was nothing.
func percent(now, before int64) string {
	if before == 0 {
		return ""
	}
	change := int64(math.Round(100 * float64(now-before) / float64(before)))
	if change > 0 {
		return "+" + Number(change) + " %"
	}
	return Number(change) + " %"
}

// money prints an exact amount so that amounts can be compared: with a comma
// between thousands, with cents, and small ones with four places.
func money(exact string) string {
	m, err := schema.ParseMoney(exact)
	if err != nil {
		return exact
	}
	places := 2
	if m < schema.NanosPerDollar {
		places = 4
	}
	switch unit := schema.Money(math.Pow10(9 - places)); {
	case m == 0:
		return "0"
	case m < unit/2:
		return "<0.0001"
	default:
		m = (m + unit/2) / unit * unit
	}
	whole, fraction := int64(m/schema.NanosPerDollar), int64(m%schema.NanosPerDollar)
	return Number(whole) + "." + fmt.Sprintf("%09d", fraction)[:places]
}

func withCommas(digits string) string {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return digits
	}
	return Number(n)
}

// cell is a number in a table. A zero is shown, but does not stand out.
func cell(n int64) template.HTML {
	if n == 0 {
		return `<td class="n zero">0</td>`
	}
	return template.HTML(`<td class="n">` + Number(n) + `</td>`) //nolint:gosec // digits
}

// badCell is a number in a table that ought to be zero.
func badCell(n int64) template.HTML {
	if n == 0 {
		return cell(0)
	}
	return template.HTML(`<td class="n bad">` + Number(n) + `</td>`) //nolint:gosec // digits
}

// costCell is an amount in a table, with the exact one at hand.
func costCell(exact string) template.HTML {
	if exact == "0" {
		return cell(0)
	}
	return template.HTML(`<td class="n" title="exactly $` + template.HTMLEscapeString(exact) + `">` + template.HTMLEscapeString(money(exact)) + `</td>`) //nolint:gosec // escaped
}

func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
