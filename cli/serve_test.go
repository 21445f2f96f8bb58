package cli

import "testing"

func TestSizesOnTheCommandLine(t *testing.T) {
	for text, want := range map[string]byteSize{
		"1": 1, "500": 500, "2KiB": 2 << 10, "500MiB": 500 << 20, "64gib": 64 << 30, "3TiB": 3 << 40,
		"": 0, "0": 0, "-1": 0, "GiB": 0, "1GB": 0, "1.5GiB": 0, "1 GiB": 0, "99999999TiB": 0, "99999999999999999999": 0,
	} {
		var got byteSize
		err := got.UnmarshalText([]byte(text))
		if got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: got %d, %v; want %d", text, got, err, want)
		}
	}
}
