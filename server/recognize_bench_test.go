package server

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"glow/schema"
	"glow/server/formats"
	"glow/store"
)

// BenchmarkRecognize finds out what files of 10 MB are. It may take 50 ms.
func BenchmarkRecognize(b *testing.B) {
	var canvas, moodle, spend strings.Builder
	canvas.WriteString("User ID,Display Name,Sortable Name,Category,Class,Title,Views,Participations,Last Access,First Access,Action,Code\n")
	moodle.WriteString("Time,User full name,Affected user,Event context,Component,Event name,Description,Origin,IP address\n")
	spend.WriteString("request_id,user,model,prompt_tokens,completion_tokens,spend,startTime,endTime,session_id\n")
	var statements strings.Builder
	const size = 10 << 20
	for i := 0; canvas.Len() < size; i++ {
		fmt.Fprintf(&canvas, "%d,Ana One,\"One, Ana\",assignments,assignment,HW %d,4,1,2025-03-03 14:05:00,2025-03-01 09:00:00,participate,a_%d\n", i%300, i%40, i)
	}
	for i := 0; moodle.Len() < size; i++ {
		fmt.Fprintf(&moodle, "\"3/03/25, 10:%02d\",Ana One,-,Course: A,System,Course viewed,\"The user with id '%d' viewed the course with id '1'.\",web,127.0.0.1\n", i%60, i%300)
	}
	for i := 0; spend.Len() < size; i++ {
		fmt.Fprintf(&spend, "r%d,u%d@example.edu,m,1200,300,0.0123,2025-03-03T14:05:00.000Z,2025-03-03T14:05:02.000Z,s%d\n", i, i%300, i%1000)
	}
	for i := 0; statements.Len() < size; i++ {
		fmt.Fprintf(&statements, `{"id":"%d","actor":{"name":"Ana One","account":{"homePage":"https://lms.example.edu","name":"%d"}},"verb":{"id":"https://w3id.org/xapi/adl/verbs/logged-in"},"object":{"id":"https://lms.example.edu"},"timestamp":"2025-03-03T14:05:00Z"}`+"\n", i, i%300)
	}
	st, err := store.Open(b.Context(), store.Options{Path: filepath.Join(b.TempDir(), "glow.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	s, err := New(st, Options{})
	if err != nil {
		b.Fatal(err)
	}
	for name, content := range map[string]string{"canvas": canvas.String(), "moodle": moodle.String(), "spend": spend.String(), "statements": statements.String()} {
		b.Run(name, func(b *testing.B) {
			f := formats.File{Name: "f", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil }}
			for b.Loop() {
				if _, err := s.recognize(f, schema.ImportQuery{As: schema.AsAuto}, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
