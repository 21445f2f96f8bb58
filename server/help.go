package server

import (
	"net/http"

	"github.com/gorilla/mux"

	"glow/schema"
	"glow/server/manual"
	"glow/server/web"
)

// pathHelp is where the manual is read. It has no secrets: nobody needs to sign in.
const pathHelp = "/help"

// helpPage lists the topics of the manual, or what a search found in them.
func helpPage(p *pageRequest) error {
	p.recognize()
	query := p.query("q").Get("q")
	return p.show("help", &web.Help{
		Frame: p.frame("Help", nil, "q", query), Topics: manual.Topics, Search: query, Hits: manual.Search(query),
	})
}

// helpTopic shows one topic, or a picture of one.
func helpTopic(p *pageRequest) error {
	name := mux.Vars(p.Request)["topic"]
	if picture, ok := manual.Picture(name); ok {
		p.w.Header().Set("Content-Type", "image/png")
		_, _ = p.w.Write(picture)
		return nil
	}
	topic, ok := manual.Find(name)
	if !ok {
		return schema.Errorf(schema.CodeNotFound, "the manual has no such topic; %s lists all of them", p.s.path(pathHelp))
	}
	content, err := topic.HTML(p.s.path(pathHelp))
	if err != nil {
		return err
	}
	p.recognize()
	return p.showWith(http.StatusOK, "help", &web.Help{Frame: p.frame(topic.Title, nil), Topics: manual.Topics, Topic: &topic, Content: content})
}

// recognize finds out who is signed in, on a page that everybody may see, so that it
// has their navigation and theme.
func (p *pageRequest) recognize() {
	caller, err := p.s.pageCaller(route{}, p.w, p.Request)
	if err != nil {
		return
	}
	p.caller, p.signer, p.viewing, p.visit = caller, *p.w.signer, p.w.viewing, p.w.visit
}
