package schema

import "testing"

// Whatever is handed back as a cursor is a position or a fault of the field; a cursor
// that is a position is the one that was given for it.
func FuzzCursor(f *testing.F) {
	question := SessionsRequest{}.question()
	for _, id := range []string{"s1", "ü Đ 日本", "\xff", ""} {
		f.Add(Position{At: 1742000000000000, ID: id}.cursor(question))
		f.Add(id)
		f.Add(Position{At: 1742000000000000, ID: id}.cursor(question) + "\r")
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		p, err := parseCursor("cursor", cursor, question)
		switch {
		case cursor == "":
			if p != nil || err != nil {
				t.Errorf("of nothing: %v, %v", p, err)
			}
		case err != nil:
			if ErrorCode(err) != CodeInvalid {
				t.Errorf("%q: %v", cursor, err)
			}
		case p.cursor(question) != cursor:
			t.Errorf("%q is %+v, whose cursor is %q", cursor, *p, p.cursor(question))
		}
	})
}
