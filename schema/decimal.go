package schema

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// decimal is a number as it is written: digits × 10^exponent. Its digits begin with
// none that is 0; those of zero are empty.
type decimal struct {
	minus    bool
	digits   string
	exponent int
}

// maxExponent bounds an exponent: beyond it a number is out of any range, or zero,
// however many digits fit into a record.
const maxExponent = 1 << 30

// parseDecimal reads a number of digits with at most one point, which has digits on
// both sides, and perhaps the exponent with which programs print very small and
// very large ones.
func parseDecimal(s string) (d decimal, ok bool) {
	mantissa, exponent, hasExponent := strings.Cut(strings.ToLower(s), "e")
	if hasExponent {
		n, err := strconv.ParseInt(exponent, 10, 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			return d, false
		}
		d.exponent = int(min(max(n, -maxExponent), maxExponent))
	}
	mantissa, d.minus = strings.CutPrefix(mantissa, "-")
	whole, fraction, hasPoint := strings.Cut(mantissa, ".")
	if whole == "" || (hasPoint && fraction == "") || !allDigits(whole) || !allDigits(fraction) {
		return d, false
	}
	d.digits = strings.TrimLeft(whole+fraction, "0")
	d.exponent -= len(fraction)
	return d, true
}

func allDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// negative reports whether the number is below zero. -0 is not.
func (d decimal) negative() bool { return d.minus && d.digits != "" }

// whole reports whether the number has no fraction.
func (d decimal) whole() bool {
	return d.exponent >= 0 || d.digits == "" || len(d.digits)-len(strings.TrimRight(d.digits, "0")) >= -d.exponent
}

// round returns the number, which is not negative, in units of 10^-places, rounded
// half to even; not ok when it does not fit.
func (d decimal) round(places int) (n int64, ok bool) {
	if d.digits == "" {
		return 0, true
	}
	size := len(d.digits) + d.exponent + places // of the whole part, in digits
	switch {
	case size > 19:
		return 0, false
	case size < 0:
		return 0, true
	}
	kept, rest := d.digits, ""
	if size < len(kept) {
		kept, rest = kept[:size], kept[size:]
	} else {
		kept += strings.Repeat("0", size-len(kept))
	}
	u, err := strconv.ParseUint("0"+kept, 10, 64)
	if err != nil {
		return 0, false
	}
	if half := strings.TrimRight(rest, "0"); half > "5" || half == "5" && u%2 == 1 {
		u++
	}
	return int64(u), u <= math.MaxInt64
}
