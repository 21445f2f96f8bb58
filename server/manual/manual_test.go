package manual

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
)

func TestEveryFileIsATopic(t *testing.T) {
	names, err := fs.Glob(files, "*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if topic, ok := Find(strings.TrimSuffix(name, ".md")); !ok || topic.Title == "" {
			t.Errorf("%s is not in Topics, or has no title", name)
		}
	}
}

// What the table of contents and the search lead to is what the page has.
func TestHeadingsHaveTheIDsOfTheirSections(t *testing.T) {
	for _, topic := range Topics {
		html, err := topic.HTML("/help")
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, found := range regexp.MustCompile(`<h[1-6] id="([^"]*)"`).FindAllStringSubmatch(string(html), -1) {
			ids = append(ids, found[1])
		}
		sections := topic.Sections()
		if len(sections) != len(ids) {
			t.Fatalf("%s: %d sections, and headings %q", topic.Name, len(sections), ids)
		}
		for i, s := range sections {
			if s.ID != ids[i] {
				t.Errorf("%s: section %q, heading %q", topic.Name, s.ID, ids[i])
			}
		}
	}
}

func TestLinksBetweenTopicsLeadBelowTheManual(t *testing.T) {
	topic := Topic{Text: "# T\n\n[n](numbers.md#sessions) [t](#t) [x](https://example.edu/a.md) ![p](dashboard.png)\n\n<b>raw</b>\n"}
	html, err := topic.HTML("/glow/help")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`href="/glow/help/numbers#sessions"`, `href="#t"`, `href="https://example.edu/a.md"`, `src="/glow/help/dashboard.png"`} {
		if !strings.Contains(string(html), want) {
			t.Errorf("%s is not in %s", want, html)
		}
	}
	if strings.Contains(string(html), "<b>") {
		t.Errorf("raw HTML is let through: %s", html)
	}
}

func TestExcerptsAreWholeWordsWithoutMarks(t *testing.T) {
	for _, query := range []string{"session", "sessions_count", "department"} {
		for _, hit := range Search(query) {
			for _, mark := range []string{"```", "---", "──", "console $", "**"} {
				if strings.Contains(hit.Excerpt, mark) {
					t.Errorf("%s: %q has %q", query, hit.Excerpt, mark)
				}
			}
		}
	}
	text := strings.Repeat("beginning ", 30) + "found " + strings.Repeat("ending ", 60)
	cut := excerpt(text, "found")
	if !strings.HasPrefix(cut, "… beginning ") || !strings.Contains(cut, "found") || !strings.HasSuffix(cut, " ending …") {
		t.Errorf("got %q", cut)
	}
}

func TestSearchWantsEveryWord(t *testing.T) {
	if hits := Search("NGINX  proxy"); len(hits) == 0 || hits[0].Topic.Name != "department" {
		t.Errorf("got %+v", hits)
	}
	for _, query := range []string{"", "  ", "nginx xyzzy"} {
		if hits := Search(query); hits != nil {
			t.Errorf("%q: got %+v", query, hits)
		}
	}
	for _, hit := range Search("Durch şİ ") {
		t.Errorf("got %+v", hit)
	}
}
