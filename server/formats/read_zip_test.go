package formats

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"glow/schema"
)

// pack makes a ZIP of names and contents, given in turn.
func pack(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, err := w.Create(files[i])
		if err == nil {
			_, err = io.WriteString(f, files[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func readZIP(b []byte, o Options) []string {
	o.Name = "in.zip"
	return texts(ReadZIP(bytes.NewReader(b), int64(len(b)), o))
}

func TestReadZIP(t *testing.T) {
	const departments = "id,name\nd,D\n"
	for _, c := range []struct {
		rule  string
		files []string
		want  []string
	}{
		{"kinds are read in their order, then JSON; folders do not matter", []string{
			"x/more.ndjson", loginLine, "x/Profiles.csv", "id,name\np,P\n", "one.json", loginLine, "a.jsonl", loginLine, `y\departments.csv`, departments},
			[]string{"y/departments.csv:2 department d,D", "x/Profiles.csv:2 profile p,P,,ta,,true", "x/more.ndjson:1 login ,p,,2025-03-14T15:09:26Z",
				"one.json:1 login ,p,,2025-03-14T15:09:26Z", "a.jsonl:1 login ,p,,2025-03-14T15:09:26Z"}},
		{"views, manifest, folders and leavings are passed over", []string{
			"session_history.csv", "x", "profile_summary.csv", "x", "manifest.json", "x", "d/", "", "__MACOSX/._departments.csv", "x", "d/.DS_Store", "x", "departments.csv", departments},
			[]string{"departments.csv:2 department d,D"}},
		{"other files are faults", []string{"notes\x1b\xff.txt", "x", "departments.csv", departments}, []string{
			"notes\ufffd\ufffd.txt: is not a file of an import; it holds " + kindFiles() + ", and .ndjson or .json files", "departments.csv:2 department d,D"}},
		{"a bad header ends its file, not the reading", []string{"departments.csv", "name\nx\n", "terms.csv", "id,name,starts_on,ends_on\nt,T,2025-01-01,2025-06-30\n"}, []string{
			"departments.csv:1: id: the column is missing; the columns of departments.csv are id*, name* (* a new record needs it)", "terms.csv:2 term t,T,2025-01-01,2025-06-30"}},
		{"faults of JSON name the entry", []string{"x/a.json", " "}, []string{"x/a.json:1: the JSON is empty; write an array of records, or one record"}},
		{"no records at all", []string{"manifest.json", "{}"}, []string{
			"the ZIP cannot be read: in.zip: the ZIP holds no records; they stand in " + kindFiles() + ", or in .ndjson or .json files"}},
		{"the same name twice", []string{"departments.csv", departments, "x/DEPARTMENTS.csv", departments}, []string{
			"the ZIP cannot be read: x/DEPARTMENTS.csv: the ZIP holds two files of this name; the other is departments.csv"}},
	} {
		t.Run(c.rule, func(t *testing.T) { expect(t, readZIP(pack(t, c.files...), Options{}), c.want) })
	}
}

func TestReadZIPDamaged(t *testing.T) {
	whole := pack(t, "departments.csv", "id,name\nd,Department\n")
	damage := func(change func(b []byte)) []byte {
		b := bytes.Clone(whole)
		change(b)
		return b
	}
	directory := bytes.Index(whole, []byte("PK\x01\x02"))
	for _, c := range []struct {
		rule string
		in   []byte
		want string
	}{
		{"empty", nil, "in.zip: is not a ZIP file, or its end is missing; pack or download it again"},
		{"truncated", whole[:len(whole)-30], "in.zip: is not a ZIP file, or its end is missing; pack or download it again"},
		{"truncated in the middle, with a directory behind", append(bytes.Clone(whole[:35]), whole[directory:]...), "departments.csv: the file is damaged; pack or download the ZIP again"},
		{"not a ZIP", []byte("id,name\nd,D\n"), "in.zip: is not a ZIP file, or its end is missing; pack or download it again"},
		{"wrong checksum", damage(func(b []byte) { b[directory+16]++ }), "departments.csv: the file is damaged: its checksum is wrong; pack or download the ZIP again"},
		{"encrypted", damage(func(b []byte) { b[directory+8] |= 1 }), "departments.csv: the file is encrypted; pack it without a password"},
		{"other method", damage(func(b []byte) { b[directory+10] = 14 }), "departments.csv: the file is packed by method 14; pack it with deflate, as ZIP programs do by default"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got := readZIP(c.in, Options{})
			if want := "the ZIP cannot be read: " + c.want; len(got) == 0 || got[len(got)-1] != want {
				t.Errorf("got %q, want %q at the end", got, want)
			}
		})
	}
}

func TestReadZIPLimits(t *testing.T) {
	var many []string
	for range 3 {
		many = append(many, strings.Repeat("x", len(many)+1)+".json", "[]")
	}
	rows := "id,name\n" + strings.Repeat("d,"+strings.Repeat("n", 1000)+"\n", 10_000)
	var bombs []string // none of which is one by itself
	for i := range 20 {
		bombs = append(bombs, strings.Repeat("x", i+1)+".json", strings.Repeat(" ", 1<<20))
	}
	shortRows, padding := "id,name\n"+strings.Repeat("d,n\n", 1<<20), noise(150<<10)
	lines := pack(t, "departments.csv", shortRows, "padding.json", padding)
	lying := pack(t, "departments.csv", rows)
	directory := bytes.LastIndex(lying, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(lying[directory+24:], 10) // the size it claims
	for _, c := range []struct {
		rule string
		in   []byte
		l    Limits
		want string
	}{
		{"entries", pack(t, many...), Limits{MaxEntries: 2}, "the ZIP is over a limit: in.zip: the ZIP has 3 files; at most 2"},
		{"unpacked size", pack(t, "departments.csv", rows), Limits{MaxUnpacked: 5 << 20}, "the ZIP is over a limit: departments.csv: the ZIP unpacks to more than 5 MiB; import its files in several parts, or start the instance with a larger --max-import"},
		{"unpacked size that the header denies", lying, Limits{MaxUnpacked: 5 << 20}, "the ZIP cannot be read: departments.csv: the file is damaged; pack or download the ZIP again"},
		{"ratio", pack(t, "departments.csv", rows), Limits{MaxRatio: 100}, "the ZIP is over a limit: in.zip: the ZIP unpacks to more than 100 times its size, or to more than a line a byte, which no real log does; send its files as they are, unpacked"},
		{"ratio of many small files", pack(t, bombs...), Limits{}, "the ZIP is over a limit: in.zip: the ZIP unpacks to more than 50 times its size, or to more than a line a byte, which no real log does; send its files as they are, unpacked"},
		{"lines", lines, Limits{}, "the ZIP is over a limit: departments.csv: the ZIP unpacks to more than 50 times its size, or to more than a line a byte, which no real log does; send its files as they are, unpacked"},
		{"line ends of old Macs", pack(t, "departments.csv", strings.ReplaceAll(shortRows, "\n", "\r"), "padding.json", padding), Limits{}, "the ZIP is over a limit: departments.csv: the ZIP unpacks to more than 50 times its size, or to more than a line a byte, which no real log does; send its files as they are, unpacked"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got := readZIP(c.in, Options{Limits: c.l})
			if len(got) == 0 || got[len(got)-1] != c.want {
				t.Errorf("got %d texts, the last %q, want %q", len(got), got[max(0, len(got)-1):], c.want)
			}
		})
	}
}

// What an instance exports may unpack to more than fits into memory.
func TestALargeArchiveIsOpenedUnlessItIsTooLarge(t *testing.T) {
	for size, want := range map[uint64]schema.Code{2 << 30: "", 60 << 30: "", 65 << 30: schema.CodeTooLarge, 1 << 63: schema.CodeTooLarge} {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		if _, err := w.CreateRaw(&zip.FileHeader{Name: "runs.csv", Method: zip.Deflate, UncompressedSize64: size}); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenZIP(bytes.NewReader(b.Bytes()), int64(b.Len()), Limits{MaxRatio: 1 << 40}); schema.ErrorCode(err) != want {
			t.Errorf("%d GiB: %v", size>>30, err)
		}
	}
}

// noise is text that does not pack.
func noise(size int) string {
	random := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, size)
	for i := range b {
		b[i] = byte('0' + random.IntN(64))
	}
	return string(b)
}

// What people pack is taken: as regular a log as can be, of one person every minute, as
// a large table, and as lines of JSON that say the same again and again.
func TestRegularLogsAreNotTakenForZIPBombs(t *testing.T) {
	var table, objects strings.Builder
	table.WriteString("profile_id,created_at\n")
	for i := range 400_000 {
		at := time.Unix(1_700_000_000, 0).UTC().Add(time.Duration(i) * time.Minute).Format(time.RFC3339)
		fmt.Fprintf(&table, "somebody-%d,%s\n", i%50, at)
		fmt.Fprintf(&objects, `{"kind":"activity","profile_id":"somebody-%d","session_id":"session-%d","created_at":"%s"}`+"\n", i%50, i%50, at)
	}
	for name, text := range map[string]string{"activity.csv": table.String(), "activity.ndjson": objects.String()} {
		b := pack(t, name, text)
		t.Logf("%s: %d times, %.1f bytes a line", name, len(text)/len(b), float64(len(b))/400_000)
		n := 0
		for _, err := range ReadZIP(bytes.NewReader(b), int64(len(b)), Options{}) {
			if err != nil {
				t.Fatal(name, err)
			}
			n++
		}
		if n != 400_000 {
			t.Errorf("%s: %d records", name, n)
		}
	}
}

func TestReadZIPLargeDirectory(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for range 30_000 {
		if _, err := w.CreateHeader(&zip.FileHeader{Name: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	expect(t, readZIP(b.Bytes(), Options{}), []string{"the ZIP is over a limit: in.zip: the directory of the ZIP is larger than 1048576 bytes"})
}

func TestReadZIPOverlap(t *testing.T) {
	b := pack(t, "departments.csv", "id,name\nd,D\n", "profiles.csv", "id,name\np,P\n")
	first := bytes.Index(b, []byte("PK\x01\x02"))
	second := bytes.LastIndex(b, []byte("PK\x01\x02"))
	copy(b[second+42:second+46], b[first+42:first+46]) // where the local header stands
	expect(t, readZIP(b, Options{}), []string{"the ZIP cannot be read: profiles.csv: the file shares its bytes with departments.csv; pack the ZIP again"})
}

func TestArchiveEntryCountsOnceHoweverOftenRead(t *testing.T) {
	b := pack(t, "log.csv", strings.Repeat("x", 1<<20))
	a, err := OpenZIP(bytes.NewReader(b), int64(len(b)), Limits{MaxUnpacked: 3 << 19})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		r, err := a.Entries()[0].Open()
		if err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, r); n != 1<<20 || err != nil {
			t.Fatal(n, err)
		}
		r.Close()
	}
}

func TestArchiveErrorsAreOfTheWhole(t *testing.T) {
	_, err := OpenZIP(strings.NewReader("x"), 1, Limits{})
	if schema.ErrorCode(err) != schema.CodeInvalid || IsFault(err) {
		t.Errorf("got %v", err)
	}
	_, err = OpenZIP(failingReaderAt{}, 100, Limits{})
	if schema.ErrorCode(err) != "" || !errors.Is(err, errDisk) {
		t.Errorf("an I/O error became %v", err)
	}
}

var errDisk = errors.New("disk on fire")

type failingReaderAt struct{}

func (failingReaderAt) ReadAt([]byte, int64) (int, error) { return 0, errDisk }

func FuzzReadZIP(f *testing.F) {
	f.Add(pack(f, "departments.csv", "id,name\nd,D\n", "more.ndjson", loginLine))
	f.Add(pack(f))
	var b bytes.Buffer
	w := NewZIPWriter(&b, time.Unix(1e9, 0))
	k := schema.KindNamed("term")
	if _, err := w.Table(k.File, k.Fields, seq([][]schema.Value{})); err != nil {
		f.Fatal(err)
	}
	w.Close()
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, in []byte) {
		n := 0
		for range ReadZIP(bytes.NewReader(in), int64(len(in)), Options{Limits: Limits{MaxUnpacked: 1 << 16}}) {
			if n++; n > 1<<16 {
				t.Fatal("more records than bytes may come out")
			}
		}
	})
}
