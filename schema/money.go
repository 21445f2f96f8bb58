package schema

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// Money is an amount of US dollars in nano-dollars: 1e-9 dollars.
type Money int64

// NanosPerDollar is how many nano-dollars make one dollar.
const NanosPerDollar = 1_000_000_000

var (
	errMoneyShape  = errors.New("is not an amount; write decimal US dollars, as in 0.012345")
	errMoneyPlaces = errors.New("has more than 9 decimal places")
	errMoneyRange  = errors.New("is out of range; at most 9223372036.854775807")
)

// ParseMoney reads a decimal amount of at least 0 with up to nine decimals.
// The exponent form in which programs print small numbers (1e-06) is taken too.
func ParseMoney(s string) (Money, error) {
	mantissa, exponent, hasExponent := strings.Cut(strings.ToLower(s), "e")
	shift := 0
	if hasExponent {
		e, err := strconv.ParseInt(exponent, 10, 16)
		if err != nil {
			return 0, errMoneyShape
		}
		shift = int(e)
	}
	negative := strings.HasPrefix(mantissa, "-")
	whole, fraction, hasPoint := strings.Cut(strings.TrimPrefix(mantissa, "-"), ".")
	if whole == "" || (hasPoint && fraction == "") || !allDigits(whole) || !allDigits(fraction) {
		return 0, errMoneyShape
	}
	number := strings.TrimLeft(whole+fraction, "0")
	if number == "" {
		number = "0"
	} else if negative {
		return 0, errors.New("is negative; a cost is 0 or more")
	}
	places := len(fraction) - shift
	if places > 9 {
		return 0, errMoneyPlaces
	}
	if number == "0" {
		return 0, nil
	}
	if len(number)+9-places > 19 {
		return 0, errMoneyRange
	}
	n, err := strconv.ParseUint(number+strings.Repeat("0", 9-places), 10, 64)
	if err != nil || n > math.MaxInt64 {
		return 0, errMoneyRange
	}
	return Money(n), nil
}

func allDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// String prints m as exact decimal text without trailing zeros, such as "0.012345".
func (m Money) String() string { return MoneyText(int64(m)/NanosPerDollar, int64(m)%NanosPerDollar) }

// MoneyText prints a sum that is kept as whole dollars and nano-dollars apart,
// so that no number of amounts can overflow it. nanos may exceed a dollar.
func MoneyText(dollars, nanos int64) string {
	dollars += nanos / NanosPerDollar
	nanos %= NanosPerDollar
	text := strconv.FormatInt(dollars, 10)
	if nanos == 0 {
		return text
	}
	fraction := strconv.FormatInt(nanos+NanosPerDollar, 10)[1:]
	return text + "." + strings.TrimRight(fraction, "0")
}
