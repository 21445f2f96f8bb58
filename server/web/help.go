package web

import (
	"html/template"
	"strings"

	"glow/server/manual"
)

// Help is a page of the manual: the list of topics with a search, or one topic.
type Help struct {
	Frame
	Topics  []manual.Topic
	Topic   *manual.Topic // nil: the list
	Content template.HTML // of the topic
	Search  string
	Hits    []manual.Hit
}

// Help is the address of what the manual says about this page.
func (f *Frame) Help() string {
	for _, explained := range [][2]string{
		{"/sessions", "/numbers#sessions"}, {"/people/", "/dashboard#a-person"}, {"/problems", "/dashboard#problems"},
		{"/data", "/importing"}, {"/access", "/department#who-may-do-what"}, {"/sign-in", "/dashboard#signing-in"}, {"/help", ""},
	} {
		if strings.HasPrefix(f.Path, explained[0]) {
			return f.At("/help" + explained[1])
		}
	}
	return f.At("/help/numbers")
}
