package schema

import (
	"errors"
	"strconv"
	"strings"
)

// Money is an amount of US dollars in nano-dollars: 1e-9 dollars.
type Money int64

// NanosPerDollar is how many nano-dollars make one dollar.
const NanosPerDollar = 1_000_000_000

var (
	errMoneyShape = errors.New("is not an amount; write decimal US dollars, as in 0.012345")
	errMoneyRange = errors.New("is out of range; at most 9223372036.854775807")
)

// moneyPlaces is how many decimal places of a dollar are kept.
const moneyPlaces = 9

// ParseMoney reads a decimal amount of at least 0. One with more than nine decimals,
// as programs print numbers that they computed, is rounded half to even.
func ParseMoney(s string) (Money, error) {
	d, ok := parseDecimal(s)
	if !ok {
		return 0, errMoneyShape
	}
	if d.negative() {
		return 0, errors.New("is negative; a cost is 0 or more")
	}
	n, ok := d.round(moneyPlaces)
	if !ok {
		return 0, errMoneyRange
	}
	return Money(n), nil
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
