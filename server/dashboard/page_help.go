package dashboard

import (
	"html/template"
	"net/http"
	"strings"

	"github.com/gorilla/mux"

	"glow/schema"
	"glow/server/manual"
)

// helpPage is a page of the manual: the list of topics with a search, or one topic.
// The manual has no secrets, so that nobody needs to sign in to read it.
type helpPage struct {
	layout
	Topics  []manual.Topic
	Topic   *manual.Topic // nil: the list
	Content template.HTML // of the topic
	Search  string
	Hits    []manual.Hit
}

// showHelp lists the topics of the manual, or what a search found in them.
func showHelp(p *pageRequest) error {
	_ = p.identify(Route{}) // for the navigation; there may be nobody
	q := p.query("q")
	search := p.text(q, "q")
	return p.show("help", &helpPage{
		layout: p.layout("Help", nil, q), Topics: manual.Topics, Search: search, Hits: manual.Search(search),
	})
}

// showHelpTopic shows one topic, or a picture of one.
func showHelpTopic(p *pageRequest) error {
	name := mux.Vars(p.Request)["topic"]
	if picture, ok := manual.Picture(name); ok {
		return p.sendAs("image/png", http.StatusOK, picture)
	}
	_ = p.identify(Route{}) // for the navigation; there may be nobody
	topic, ok := manual.Find(name)
	if !ok {
		return schema.Errorf(schema.CodeNotFound, "the manual has no such topic; %s lists all of them", p.d.path(pathHelp))
	}
	content, err := topic.HTML(p.d.path(pathHelp))
	if err != nil {
		return err
	}
	return p.show("help", &helpPage{layout: p.layout(topic.Title, nil, nil), Topics: manual.Topics, Topic: &topic, Content: content})
}

// Help is the address of what the manual says about this page.
func (l *layout) Help() string {
	for _, explained := range [][2]string{
		{pathSessions, "/numbers#sessions"}, {pathPeople, "/dashboard#a-person"}, {pathProblems, "/dashboard#problems"},
		{pathImports, "/importing#taking-an-import-back"}, {pathDepartments, "/people#adding-and-editing"}, {pathPersonForm, "/people#adding-and-editing"}, {pathSetPeople, "/people#adding-and-editing"},
		{pathDuplicates, "/people#two-ids-that-are-one-person"}, {pathData, "/importing"}, {pathAccess, "/department#who-may-do-what"}, {pathSignIn, "/dashboard#signing-in"}, {pathHelp, ""},
	} {
		if strings.HasPrefix(l.Path, explained[0]) {
			return l.At(pathHelp + explained[1])
		}
	}
	return l.At(pathHelp + "/numbers")
}
