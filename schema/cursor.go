package schema

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// A cursor says after which row of a list a page begins: its time and id, with a
// digest of what was asked, so that it cannot be used to ask something else. Rows that
// come in meanwhile move no page that begins at a cursor. It is text for the caller to
// hand back as it is.

// Position is a place in a list that is ordered by time, then id.
type Position struct {
	At Instant
	ID string
}

// List is one page of a list.
type List[Row any] struct {
	Data []Row `json:"data"`
	Page
	NextCursor *string `json:"next_cursor"` // goes on after the last row; null: there is none
}

// Next returns the key and the value with which the request asks for the next page; ""
// at the end.
func (l *List[Row]) Next() (key, cursor string) { return "cursor", valueOr(l.NextCursor, "") }

// append adds the rows of the next page; all of them are then one page.
func (l *List[Row]) append(next List[Row]) {
	l.Data, l.NextCursor = append(l.Data, next.Data...), next.NextCursor
	l.Page = Page{TotalCount: int64(len(l.Data)), Page: 1, PageSize: len(l.Data), TotalPages: 1}
}

const (
	cursorDigest = 8  // bytes of the digest of the question
	cursorHead   = 16 // bytes before the id: digest and time
)

// cursor makes the cursor of a position in the answer to a question: the request
// without what chooses the page.
func (p Position) cursor(question any) string {
	b := append(questionDigest(question), 0, 0, 0, 0, 0, 0, 0, 0)
	binary.BigEndian.PutUint64(b[cursorDigest:], uint64(p.At))
	return base64.RawURLEncoding.EncodeToString(append(b, p.ID...))
}

// parseCursor reads a cursor that was given for the same question; nil for none.
func parseCursor(field, cursor string, question any) (*Position, error) {
	if cursor == "" {
		return nil, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	broken := strings.ContainsAny(cursor, "\r\n") // which the decoder passes over
	if err != nil || broken || len(b) <= cursorHead || !utf8.Valid(b[cursorHead:]) {
		return nil, Invalid(field, "is none that an answer gave; hand it back as it came")
	}
	if string(b[:cursorDigest]) != string(questionDigest(question)) {
		return nil, Invalid(field, "is of another question; ask for the same as then, or begin again without it")
	}
	return &Position{Instant(binary.BigEndian.Uint64(b[cursorDigest:cursorHead])), string(b[cursorHead:])}, nil
}

func questionDigest(question any) []byte {
	text, err := json.Marshal(question)
	if err != nil {
		panic(err) // of texts, numbers and lists: cannot fail
	}
	sum := sha256.Sum256(fmt.Appendf(text, "%T", question))
	return sum[:cursorDigest]
}
