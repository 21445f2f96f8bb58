package cli

import (
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"glow/server/manual"
)

const repository = ".."

func TestTheReadmeIsShortAndLeadsToEveryTopic(t *testing.T) {
	text := readFile(t, filepath.Join(repository, "README.md"))
	if lines := strings.Count(text, "\n"); lines > 250 {
		t.Errorf("README.md has %d lines; what is more belongs into server/manual", lines)
	}
	for _, topic := range manual.Topics {
		if row := "| [" + topic.Name + "](server/manual/" + topic.Name + ".md) | " + topic.Summary + " |"; !strings.Contains(text, row) {
			t.Errorf("README.md does not have the row %s", row)
		}
	}
}

// Rooms have a README of a screenful: what the room is for, what it may know, the walk
// through its files, how to add to it.
func TestEveryRoomSaysWhatItIs(t *testing.T) {
	for _, room := range []string{
		"cli", "schema", "server", "server/dashboard", "server/formats", "store", "store/sqlite", "testdata",
	} {
		text := readFile(t, filepath.Join(repository, room, "README.md"))
		if lines := strings.Count(text, "\n"); lines < 10 || lines > 120 {
			t.Errorf("%s/README.md has %d lines; a screenful or two is meant", room, lines)
		}
	}
}

var (
	markdownLink = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	codeBlock    = regexp.MustCompile("(?ms)^```.*?^```")
)

// Every relative link of a Markdown file leads to a file or folder that is there, and to
// a heading that it has.
func TestLinksOfMarkdownFilesResolve(t *testing.T) {
	files := markdownFiles(t)
	if len(files) < len(manual.Topics)+3 {
		t.Fatalf("few Markdown files were found: %v", files)
	}
	for _, file := range files {
		text := codeBlock.ReplaceAllString(readFile(t, file), "")
		for _, found := range markdownLink.FindAllStringSubmatch(text, -1) {
			to, err := url.Parse(found[1])
			if err != nil {
				t.Errorf("%s: %v", file, err)
				continue
			}
			if to.Scheme != "" {
				continue
			}
			target := file
			if to.Path != "" {
				target = filepath.Join(filepath.Dir(file), filepath.FromSlash(to.Path))
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: %s leads nowhere", file, found[1])
			} else if to.Fragment != "" && !hasHeading(readFile(t, target), to.Fragment) {
				t.Errorf("%s: %s has no such heading", file, found[1])
			}
		}
	}
}

func hasHeading(text, id string) bool {
	return slices.ContainsFunc(manual.Topic{Text: text}.Sections(), func(s manual.Section) bool { return s.ID == id })
}

func markdownFiles(t *testing.T) (files []string) {
	t.Helper()
	err := filepath.WalkDir(repository, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "t"):
			return filepath.SkipDir
		case filepath.Ext(path) == ".md":
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
