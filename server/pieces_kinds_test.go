package server

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"glow/schema"
)

// line is a record of a kind as text, by the names of its fields.
type line struct {
	kind   string
	fields map[string]string
}

// Records that come in pieces of any form, in any order, with overlaps and with fields
// apart, give what one import of all of them gives.
func TestPiecesOfAnyFormGiveTheSame(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		dice := rand.New(rand.NewPCG(seed, 13))
		lines := drawLines(dice)
		whole, pieces := newInstance(t, Options{}), newInstance(t, Options{})
		whole.want(http.StatusOK, whole.ask(schema.RoleAdmin, "POST", schema.Import.Path, schema.TypeNDJSON, ndjsonOf(lines)))
		sendPieces(t, dice, pieces, drawFiles(dice, lines))
		want, got := exported(t, whole), exported(t, pieces)
		for name := range want {
			if got[name] != want[name] {
				t.Fatalf("seed %d: %s in pieces is\n%s\nand at once\n%s", seed, name, got[name], want[name])
			}
		}
	}
}

// drawLines draws records, those that are referred to first. Those without an id are
// sometimes there twice.
func drawLines(dice *rand.Rand) (lines []line) {
	at := func() string {
		return fmt.Sprintf("2025-03-%02dT%02d:00:00Z", 1+dice.IntN(9), dice.IntN(3))
	}
	id := func(prefix string, n int) string { return fmt.Sprint(prefix, dice.IntN(n)) }
	for i := range 3 {
		lines = append(lines, line{"department", map[string]string{"id": fmt.Sprint("d", i), "name": id("Department ", 3)}})
	}
	for i := range 6 {
		lines = append(lines, line{"profile", map[string]string{
			"id": fmt.Sprint("p", i), "name": id("Person ", 3), "email": []string{"", "a@x.edu"}[dice.IntN(2)], "role": []string{"ta", "lead"}[dice.IntN(2)], "department_ids": id("d", 3)}})
	}
	for i := range 8 {
		lines = append(lines, line{"session", map[string]string{
			"id": fmt.Sprint("s", i), "profile_id": id("p", 6), "created_at": at(), "ended_at": []string{"", "2025-04-01T00:00:00Z"}[dice.IntN(2)]}})
	}
	for range 15 {
		one := line{"login", map[string]string{"profile_id": id("p", 6), "session_id": id("s", 8), "created_at": at()}}
		for range 1 + dice.IntN(3) {
			lines = append(lines, one)
		}
	}
	return lines
}

// drawFiles deals the records of each kind out to files. Those that are alike stay
// together, and some are in two files.
func drawFiles(dice *rand.Rand, lines []line) (files [][]line) {
	files = make([][]line, 14)
	first := map[string]int{}
	dealt := map[string]bool{}
	for i, one := range lines {
		key := fmt.Sprint(one)
		at, known := first[key]
		if !known {
			at, dealt[key] = i, dice.IntN(2) == 0
			first[key] = i
		}
		base := 3 * slices.Index([]string{"department", "profile", "session", "login"}, one.kind) // three files for each kind
		files[base+at%3] = append(files[base+at%3], one)
		if !dealt[key] {
			continue
		}
		files[base+(at+1)%3] = append(files[base+(at+1)%3], one)
		switch one.kind { // some fields alone
		case schema.KindProfile:
			files[12] = append(files[12], line{one.kind, map[string]string{"id": one.fields["id"], "email": one.fields["email"]}})
		case schema.KindSession:
			files[13] = append(files[13], line{one.kind, map[string]string{"id": one.fields["id"], "ended_at": one.fields["ended_at"]}})
		}
	}
	for _, file := range files {
		dice.Shuffle(len(file), func(i, j int) { file[i], file[j] = file[j], file[i] })
	}
	return files
}

// sendPieces imports files, by themselves or some in a ZIP, in any order. What is
// refused because others must come first comes again, at last with all others.
func sendPieces(t *testing.T, dice *rand.Rand, in *instance, files [][]line) {
	t.Helper()
	files = slices.DeleteFunc(files, func(f []line) bool { return len(f) == 0 })
	dice.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
	for tries := 0; len(files) > 0; tries++ {
		n := min(len(files), 1+dice.IntN(3))
		if tries > 60 {
			n = len(files)
		}
		var a answer
		if n == 1 && dice.IntN(2) == 0 {
			a = in.ask(schema.RoleAdmin, "POST", schema.Import.Path, schema.TypeNDJSON, ndjsonOf(files[0]))
		} else {
			var parts []string
			for i, file := range files[:n] {
				if kind := schema.KindNamed(file[0].kind); dice.IntN(3) > 0 {
					parts = append(parts, strings.Replace(kind.File, ".csv", fmt.Sprintf(" (%d).csv", i+1), 1), csvOf(t, dice, file))
				} else {
					parts = append(parts, fmt.Sprintf("part%d.ndjson", i), ndjsonOf(file))
				}
			}
			a = in.ask(schema.RoleAdmin, "POST", schema.Import.Path, schema.TypeZIP, zipOf(t, parts...))
		}
		rest := slices.Clone(files[n:])
		switch {
		case a.StatusCode == http.StatusOK:
		case tries <= 60:
			rest = append(rest, files[:n]...)
		default:
			t.Fatalf("all that is left is refused: %s", a.body)
		}
		files = rest
	}
}

func ndjsonOf(lines []line) string {
	var b strings.Builder
	for _, one := range lines {
		record := map[string]any{"kind": one.kind}
		for name, text := range one.fields {
			record[name] = text
			if name == "department_ids" {
				record[name] = strings.Split(text, "|")
			}
		}
		object, err := json.Marshal(record)
		if err != nil {
			panic(err) // of texts
		}
		b.Write(object)
		b.WriteByte('\n')
	}
	return b.String()
}

// csvOf prints records of one kind with their columns in any order.
func csvOf(t *testing.T, dice *rand.Rand, lines []line) string {
	t.Helper()
	header := slices.Sorted(maps.Keys(lines[0].fields))
	dice.Shuffle(len(header), func(i, j int) { header[i], header[j] = header[j], header[i] })
	rows := [][]string{header}
	for _, one := range lines {
		var row []string
		for _, name := range header {
			row = append(row, one.fields[name])
		}
		rows = append(rows, row)
	}
	var b strings.Builder
	if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// exported are the files of a whole export, but for the manifest, which has its time.
func exported(t *testing.T, in *instance) map[string]string {
	t.Helper()
	files := unzip(t, in.want(http.StatusOK, in.post(schema.RoleAdmin, schema.Export.Path, `{}`)).body)
	delete(files, schema.ManifestName)
	return files
}
