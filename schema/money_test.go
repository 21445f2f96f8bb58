package schema

import (
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAmountsAreExactDecimals(t *testing.T) {
	for in, want := range map[string]string{
		"0": "0", "0.0": "0", "-0": "0", "0e5": "0", "00.10": "0.1", "1": "1", "1.50": "1.5", "12.000": "12", "0.012345": "0.012345", "0.000000001": "0.000000001",
		"9223372036.854775807": "9223372036.854775807", "9223372036": "9223372036",
		"1e-06": "0.000001", "1E-9": "0.000000001", "1.5e3": "1500", "1.5e+3": "1500", "12.5e-1": "1.25", "0.00001e4": "0.1",
		// more than nine decimals are rounded half to even
		"0.0016150000000000001": "0.001615", "1.2345678901234567e-05": "0.000012346", "0.30000000000000004": "0.3",
		"0.0000000005": "0", "0.0000000015": "0.000000002", "0.0000000025": "0.000000002", "0.00000000250000000000000000001": "0.000000003",
		"0.0000000001": "0", "1e-10": "0", "1.0000000000": "1", "0e-400": "0", "0e99999999999999999999": "0", "1e-99999999999999999999": "0", "-0e-30": "0",
		"0.9999999996": "1", "9223372036.8547758074": "9223372036.854775807",
	} {
		m, err := ParseMoney(in)
		if err != nil || m.String() != want {
			t.Errorf("%s: got %s, %v, want %s", in, m, err, want)
		}
	}
}

func TestAmountsThatAreNoneAreErrorsThatSayWhy(t *testing.T) {
	for in, want := range map[string]string{
		"":                       "not an amount",
		".5":                     "not an amount",
		"5.":                     "not an amount",
		"1,5":                    "not an amount",
		"$1":                     "not an amount",
		"+1":                     "not an amount",
		" 1":                     "not an amount",
		"1 ":                     "not an amount",
		"--1":                    "not an amount",
		"1e":                     "not an amount",
		"1e1.5":                  "not an amount",
		"1e99999":                "out of range",
		"1e99999999999999999999": "out of range",
		"0x1p3":                  "not an amount",
		"NaN":                    "not an amount",
		"Inf":                    "not an amount",
		"1_0":                    "not an amount",
		"١":                      "not an amount",
		"-1":                     "negative",
		"-0.000000001":           "negative",
		"9223372036.854775808":   "out of range",
		"9223372037":             "out of range",
		"9223372036.8547758075":  "out of range",
		"-1e-30":                 "negative",
		"1e10":                   "out of range",
		"1e30000":                "out of range",
		"99999999999999999999":   "out of range",
	} {
		if m, err := ParseMoney(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %s, %v, want %q", in, m, err, want)
		}
	}
}

func TestSumsOfAmountsAreExactAtAnySize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var dollars, nanos int64
		sum := new(big.Int)
		for _, n := range rapid.SliceOfN(rapid.OneOf(rapid.Int64Range(0, 1<<63-1), rapid.Just(int64(1<<63-1))), 0, 50).Draw(t, "amounts") {
			dollars += n / NanosPerDollar
			nanos += n % NanosPerDollar
			sum.Add(sum, big.NewInt(n))
		}
		want := new(big.Rat).SetFrac(sum, big.NewInt(NanosPerDollar)).FloatString(9)
		want = strings.TrimSuffix(strings.TrimRight(want, "0"), ".")
		if got := MoneyText(dollars, nanos); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
	})
}

func FuzzParseMoney(f *testing.F) {
	for _, s := range []string{"0.012345", "1e-06", "9223372036.854775807", "-0", "1e99999", ".", "1e-10", "0.0000000005", "0.0000000015", "1e-9999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := ParseMoney(s)
		if err != nil {
			return
		}
		if want := nanosOf(s); want.Cmp(big.NewInt(int64(m))) != 0 {
			t.Fatalf("%q was read as %s", s, m)
		}
		if again, err := ParseMoney(m.String()); err != nil || again != m {
			t.Fatalf("%s came back as %s, %v", m, again, err)
		}
	})
}

// nanosOf counts the nano-dollars of an amount that ParseMoney takes, half to even,
// with numbers of any size.
func nanosOf(s string) *big.Int {
	amount, ok := new(big.Rat).SetString(s)
	if !ok { // an exponent beyond what big reads: of the amounts in range, only 0 has one
		return new(big.Int)
	}
	amount.Mul(amount, big.NewRat(NanosPerDollar, 1))
	nanos, rest := new(big.Int).QuoRem(amount.Num(), amount.Denom(), new(big.Int))
	half := rest.Lsh(rest, 1).Cmp(amount.Denom())
	if half > 0 || half == 0 && nanos.Bit(0) == 1 {
		nanos.Add(nanos, big.NewInt(1))
	}
	return nanos
}
