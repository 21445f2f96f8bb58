// Package manual holds the manual: one Markdown file for each topic, read on GitHub, at
// /help in the browser and with `glow help TOPIC`. Links between topics are relative
// (numbers.md#sessions), so that they work in the repository; HTML turns them into
// addresses below /help.
package manual

import (
	"embed"
	"fmt"
	"strings"
	"unicode"
)

//go:embed *.md *.png
var files embed.FS

// Topic is one chapter of the manual.
type Topic struct {
	Name    string // the file without .md, as in `glow help NAME`
	Title   string // its first heading
	Summary string // what it answers, in a few words
	Text    string // Markdown, with the first heading
}

// Topics are all topics in reading order.
var Topics = load([][2]string{
	{"tour", "five minutes on real input, with every command and what it prints"},
	{"dashboard", "the pages, signing in, viewing as somebody else"},
	{"numbers", "what each number counts: people, windows, comparisons, how far the data reach"},
	{"importing", "any file: how it is told, mappings, the inbox, taking an import back, kinds of records, formats, Moodle logs, exports of the full Glow"},
	{"api", "requests and answers by example, posting records, rules and limits"},
	{"commands", "flags, output, exit codes, exports, shell completion"},
	{"department", "service, reverse proxy, backups, monitoring, who may do what, upgrades"},
	{"records", "durability, copies elsewhere, the audit list, forgetting people, retention"},
	{"people", "adding and editing by hand, two ids that are one person, records that should not be there"},
	{"measurements", "how fast it is, what falls short and why, how to measure again"},
})

func load(list [][2]string) (topics []Topic) {
	for _, entry := range list {
		text, err := files.ReadFile(entry[0] + ".md")
		if err != nil {
			panic(err) // the files are part of the program
		}
		title, _, _ := strings.Cut(strings.TrimPrefix(string(text), "# "), "\n")
		topics = append(topics, Topic{Name: entry[0], Title: title, Summary: entry[1], Text: string(text)})
	}
	return topics
}

// Find returns the topic of a name.
func Find(name string) (Topic, bool) {
	for _, t := range Topics {
		if t.Name == name {
			return t, true
		}
	}
	return Topic{}, false
}

// List is the table of topics as plain text, a line for each.
func List() string {
	var b strings.Builder
	for _, t := range Topics {
		fmt.Fprintf(&b, "  %-14s%s\n", t.Name, t.Summary)
	}
	return b.String()
}

// Picture returns a PNG that topics show.
func Picture(name string) ([]byte, bool) {
	if !strings.HasSuffix(name, ".png") {
		return nil, false
	}
	content, err := files.ReadFile(name)
	return content, err == nil
}

// Section is a heading of a topic and the text up to the next one.
type Section struct {
	Heading string // without marks
	ID      string // the anchor that GitHub and HTML give it
	Level   int    // 1 for the title, 2 and 3 below it
	Text    string // Markdown, without the heading
}

// Sections cuts a topic at its headings.
func (t Topic) Sections() (sections []Section) {
	fenced := false
	for line := range strings.Lines(t.Text) {
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
		}
		marks, heading, ok := strings.Cut(line, " ")
		if !fenced && ok && marks != "" && strings.Trim(marks, "#") == "" {
			heading = strings.TrimSpace(heading)
			sections = append(sections, Section{Heading: plain(heading), ID: anchor(heading), Level: len(marks)})
		} else if len(sections) > 0 {
			sections[len(sections)-1].Text += line
		}
	}
	return sections
}

// anchor is the id that GitHub gives a heading.
func anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-', r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
}

// Hit is one section in which all words of a search occur.
type Hit struct {
	Topic   Topic
	Section Section
	Excerpt string // plain text around the first word found
}

// Search lists the sections in which every word of query occurs, in upper or lower
// case: those with a word in the heading first.
func Search(query string) []Hit {
	words := strings.Fields(strings.ToLower(query))
	if len(words) == 0 {
		return nil
	}
	var headings, texts []Hit
	for _, t := range Topics {
		for _, s := range t.Sections() {
			text := plain(s.Text)
			if !containsAll(strings.ToLower(s.Heading+" "+text), words) {
				continue
			}
			hit := Hit{Topic: t, Section: s, Excerpt: excerpt(text, words[0])}
			if strings.Contains(strings.ToLower(s.Heading), words[0]) {
				headings = append(headings, hit)
			} else {
				texts = append(texts, hit)
			}
		}
	}
	return append(headings, texts...)
}

func containsAll(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// plain takes the marks of Markdown and the rules of tables out of a text and makes it
// one line.
func plain(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "```") || strings.Trim(line, "|-─ \n") == "" {
			continue
		}
		b.WriteString(strings.TrimPrefix(line, "- "))
	}
	text = strings.NewReplacer("`", "", "**", "", `\*`, "*", "|", " ").Replace(b.String())
	return strings.Join(strings.Fields(text), " ")
}

// excerpt cuts out some 200 characters around the first occurrence of word, between
// blanks where there are any.
func excerpt(text, word string) string {
	const before, most = 60, 200
	runes := []rune(text)
	start := 0
	if at := strings.Index(strings.ToLower(text), word); at > 0 {
		start = max(0, len([]rune(strings.ToLower(text)[:at]))-before)
	}
	end := min(len(runes), start+most)
	cut := string(runes[min(start, end):end])
	if start > 0 {
		if _, rest, ok := strings.Cut(cut, " "); ok && strings.Contains(strings.ToLower(rest), word) {
			cut = rest
		}
		cut = "… " + cut
	}
	if end < len(runes) {
		if last := strings.LastIndex(cut, " "); last > before+len(word) {
			cut = cut[:last]
		}
		cut += " …"
	}
	return cut
}
