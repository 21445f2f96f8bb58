package mapping

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"glow/schema"
)

// Proposal is a mapping for a table that nothing recognizes.
type Proposal struct {
	Mapping *schema.Mapping
	Why     []string // a sentence for each thing that it says
}

// Propose makes a mapping of the names of the columns and the cells of the first rows, which somebody
// is to look at: rows are calls of a model where there are tokens or a cost, sessions where they begin
// and end, people where no column holds times, and signs of life otherwise. It returns nil where no
// column says whose the rows are.
func Propose(file string, header []string, rows [][]string) *Proposal {
	p := &proposer{header: header, rows: rows, holds: Holds(header, rows), taken: map[int]bool{}}
	name := NameFor(file)
	p.m = &schema.Mapping{Name: name, Title: name}
	for _, column := range header {
		if Fold(column) != "" {
			p.m.Columns = append(p.m.Columns, column)
		}
	}
	began := p.time(beginWords)
	person := p.person(began >= 0)
	if person == nil || len(p.m.Columns) == 0 {
		return nil
	}
	if began < 0 {
		p.people(person)
		return p.proposal()
	}
	p.m.Prefix, p.m.Person = name, person
	switch {
	case p.runs(began):
	case p.sessions(began):
	case p.inSessions(began):
	default:
		p.events(began)
	}
	return p.proposal()
}

// NameFor makes the name of a mapping of the name of a file, which often has a date in it.
func NameFor(file string) string {
	stem := strings.ToLower(strings.TrimSuffix(path.Base(file), path.Ext(file)))
	words := strings.FieldsFunc(stem, func(r rune) bool { return r < 'a' || r > 'z' })
	name := strings.Join(words, "-")
	for len(name) > maxName {
		words = words[:len(words)-1]
		name = strings.Join(words, "-")
	}
	return cmp.Or(name, "table")
}

// maxName is the most characters of the name of a proposal, which begins ids.
const maxName = 32

// proposer makes a proposal.
type proposer struct {
	header []string
	rows   [][]string
	holds  []string     // see Holds
	taken  map[int]bool // columns that are something already
	m      *schema.Mapping
	why    []string
}

func (p *proposer) proposal() *Proposal { return &Proposal{Mapping: p.m, Why: p.why} }

func (p *proposer) say(format string, args ...any) {
	p.why = append(p.why, fmt.Sprintf(format, args...))
}

// Parts of the names of columns, folded; the first that fits counts.
var (
	beginWords   = []string{"start", "begin", "began", "created", "opened", "beginn", "debut", "inicio", "inizio", "login", "signin", "anmeld", "connexion", "timestamp", "datetime", "time", "date", "when", "zeit", "datum", "heure", "hora", "fecha", "data", "ora", "tid", "czas", "время", "дата", "thoigian", "ngay", "时间", "日期", "日時", "시간", "날짜"}
	endWords     = []string{"ended", "endtime", "enddate", "endat", "end", "finish", "complete", "closed", "stop", "logout", "signout", "beendet", "ende", "abgemeldet", "fin", "termin", "конец", "ketthuc", "结束", "終了"}
	updateWords  = []string{"last", "updat", "modif", "changed", "letzte", "dernier", "ultim"}
	sessionWords = []string{"session", "sitzung", "sesion", "sessione", "sessao", "visit", "conversation", "thread", "phien", "сессия", "会话", "セッション"}
	modelWords   = []string{"model", "deployment", "engine"}
	loginWords   = []string{"login", "loggedin", "logon", "signin", "signedin", "anmeld", "angemeldet", "einloggen", "connexion", "connecte", "iniciosesion", "accesso", "dangnhap", "вход", "登录", "ログイン"}
	personWords  = []string{"user", "student", "learner", "person", "account", "member", "employee", "staff", "tutor", "actor", "author", "participant", "owner", "teilnehm", "nutzer", "benutzer", "utilisateur", "etudiant", "usuario", "alumno", "estudiante", "utente", "studente", "aluno", "gebruiker", "uzytkownik", "студент", "пользователь", "nguoidung", "sinhvien", "用户", "学生", "ユーザ", "사용자", "name", "nombre", "nome", "nom"}
)

// find returns the first column, by the words in turn, whose name has one of them in it and that
// holds one of some things; -1 where there is none. A word of few letters must be the name's
// start or end.
func (p *proposer) find(words []string, holds ...string) int {
	for _, word := range words {
		for i, column := range p.header {
			name := Fold(column)
			has := strings.Contains(name, word)
			if len([]rune(word)) <= 4 {
				has = strings.HasPrefix(name, word) || strings.HasSuffix(name, word)
			}
			if has && !p.taken[i] && slices.Contains(holds, p.holds[i]) {
				return i
			}
		}
	}
	return -1
}

// take makes a column the value of something.
func (p *proposer) take(column int) schema.MappedValue {
	if column < 0 {
		return schema.MappedValue{}
	}
	p.taken[column] = true
	return schema.MappedValue{Column: p.header[column]}
}

// time returns the column of times that has one of the words in its name, else the first; -1 where
// no column holds times.
func (p *proposer) time(words []string) int {
	at := p.find(words, HoldsTimes)
	if at < 0 {
		for i, holds := range p.holds {
			if holds == HoldsTimes && !p.taken[i] {
				at = i
				break
			}
		}
	}
	if at >= 0 {
		p.taken[at] = true
	}
	return at
}

// named finds columns by the usual names of the fields of a person. In a table of what people did, a
// column that is named "id" alone is that of the row.
func (p *proposer) named(field string, timed bool) int {
	for _, name := range synonyms()[schema.KindProfile][field] {
		for i, column := range p.header {
			if Fold(column) == name && !p.taken[i] && p.holds[i] != HoldsTimes && !(timed && name == "id") {
				return i
			}
		}
	}
	return -1
}

// person says whose the rows are: by an e-mail address where there is one, since lists of people have
// that, too.
func (p *proposer) person(timed bool) *schema.MappedPerson {
	one := &schema.MappedPerson{}
	email := slices.Index(p.holds, HoldsAddresses)
	if at := p.named("email", timed); at >= 0 && (email < 0 || p.holds[at] == HoldsAddresses) {
		email = at
	}
	if email >= 0 {
		one.Email = p.take(email)
		one.Email.Form = schema.FormLower
	}
	if id := p.named("id", timed); id >= 0 && email < 0 {
		one.ID = p.take(id)
	}
	one.Name = p.take(p.named("name", timed))
	if one.Name.IsZero() {
		first, last := p.named("first", timed), p.named("last", timed)
		if one.Name = p.take(first); first >= 0 && last >= 0 {
			one.Name.And = []string{p.take(last).Column}
		}
	}
	if one.ID.IsZero() && one.Email.IsZero() && one.Name.IsZero() {
		if at := p.find(personWords, HoldsTexts, HoldsNumbers); p.holdsNames(at) {
			one.Name = p.take(at)
		} else {
			one.ID = p.take(at)
		}
	}
	one.Role, one.Department = p.take(p.named("role", timed)), p.take(p.named("department_ids", timed))
	known := cmp.Or(one.ID.Column, one.Email.Column, one.Name.Column)
	if known == "" {
		return nil
	}
	p.say("People are known by %q.", known)
	return one
}

// holdsNames reports whether most texts of a column have several words.
func (p *proposer) holdsNames(column int) bool {
	texts, _ := distinct(column, p.rows)
	names := 0
	for text := range texts {
		if strings.ContainsAny(text, " ,") {
			names++
		}
	}
	return names*2 > len(texts)
}

// people makes a profile of each row.
func (p *proposer) people(one *schema.MappedPerson) {
	fields := map[string]schema.MappedValue{"id": one.ID, "name": one.Name, "email": one.Email}
	if one.ID.IsZero() {
		fields["id"] = one.Email
	}
	if fields["id"].IsZero() {
		fields["id"] = one.Name
	}
	if one.Name.IsZero() {
		fields["name"] = fields["id"]
	}
	if fields["email"].IsZero() {
		delete(fields, "email")
	}
	for name, v := range map[string]schema.MappedValue{"role": one.Role, "department_ids": one.Department} {
		if !v.IsZero() {
			fields[name] = v
		}
	}
	p.say("Each row is a person, since no column holds times.")
	p.m.Records = []schema.MappedRecord{{Kind: schema.KindProfile, Fields: fields}}
}

// rowID is what names a row: a column of which no text comes twice, else who did it and when.
func (p *proposer) rowID(words []string, began int) schema.MappedValue {
	for _, word := range append(words, "id") {
		at := p.find([]string{word}, HoldsTexts, HoldsNumbers)
		if at < 0 {
			continue
		}
		if texts, filled := distinct(at, p.rows); filled == len(p.rows) && len(texts) == filled {
			return p.take(at)
		}
	}
	v := p.owner()
	v.And = append(slices.Clone(v.And), p.header[began])
	return v
}

// owner is the value by which the person of a row is known.
func (p *proposer) owner() schema.MappedValue {
	for _, v := range []schema.MappedValue{p.m.Person.ID, p.m.Person.Email} {
		if !v.IsZero() {
			return v
		}
	}
	return p.m.Person.Name
}

func (p *proposer) record(kind string, fields map[string]schema.MappedValue) {
	for name, v := range fields {
		if v.IsZero() {
			delete(fields, name)
		}
	}
	p.m.Records = append(p.m.Records, schema.MappedRecord{Kind: kind, Fields: fields})
}

// runs makes a call of a language model of each row, where there are tokens or a cost.
func (p *proposer) runs(began int) bool {
	number := func(words ...string) schema.MappedValue { return p.take(p.find(words, HoldsNumbers)) }
	input := number("inputtoken", "prompttoken", "tokensin", "tokensprompt", "tokensinput", "eingabetoken")
	output := number("outputtoken", "completiontoken", "tokensout", "tokenscompletion", "tokensoutput", "ausgabetoken", "generatedtoken")
	cost := number("cost", "spend", "price", "usd", "kosten", "cout", "coste", "custo", "costo", "preis")
	if input.IsZero() && output.IsZero() && cost.IsZero() {
		return false
	}
	at, session := schema.MappedValue{Column: p.header[began]}, p.take(p.find(sessionWords, HoldsTexts, HoldsNumbers))
	p.record(schema.KindSession, map[string]schema.MappedValue{"id": session, "profile_id": p.owner(), "created_at": at})
	p.record(schema.KindGroup, map[string]schema.MappedValue{"id": session, "session_id": session, "created_at": at})
	p.record(schema.KindRun, map[string]schema.MappedValue{
		"id": p.rowID([]string{"request", "generation", "call"}, began), "group_id": session, "model": p.take(p.find(modelWords, HoldsTexts)),
		"input_tokens": input, "output_tokens": output, "cost": cost, "created_at": at,
	})
	if session.IsZero() {
		p.say("Each row is a call of a model at %q; those of a person on a day are a session.", at.Column)
	} else {
		p.say("Each row is a call of a model at %q; %q says in which session.", at.Column, session.Column)
	}
	return true
}

// sessions makes a session of each row that says when it began and when it ended.
func (p *proposer) sessions(began int) bool {
	end := p.find(endWords, HoldsTimes)
	if end < 0 {
		return false
	}
	id := p.rowID(sessionWords, began)
	p.record(schema.KindSession, map[string]schema.MappedValue{
		"id": id, "profile_id": p.owner(), "created_at": {Column: p.header[began]}, "ended_at": p.take(end), "updated_at": p.take(p.find(updateWords, HoldsTimes)),
	})
	p.say("Each row is a session, from %q to %q, which completes it.", p.header[began], p.header[end])
	if len(id.And) == 0 {
		p.say("%q is the id of the session.", id.Column)
	}
	return true
}

// inSessions makes a sign of life of each row, in the session that a column names.
func (p *proposer) inSessions(began int) bool {
	at := p.find(sessionWords, HoldsTexts, HoldsNumbers)
	if at < 0 {
		return false
	}
	session, when := p.take(at), schema.MappedValue{Column: p.header[began]}
	p.record(schema.KindSession, map[string]schema.MappedValue{"id": session, "profile_id": p.owner(), "created_at": when})
	p.record(schema.KindActivity, map[string]schema.MappedValue{"id": p.rowID(nil, began), "profile_id": p.owner(), "session_id": session, "created_at": when})
	p.say("Each row is a sign of life at %q; %q says in which session.", when.Column, session.Column)
	return true
}

// events makes a sign of life of each row. Sessions are made of them.
func (p *proposer) events(began int) {
	column := p.header[began]
	what, words := p.loginColumn()
	switch {
	case contains(Fold(column), loginWords):
		p.m.Events = []schema.MappedEvent{{Time: column, Login: true}}
		p.say("Each row is a login at %q.", column)
	case what >= 0:
		p.m.Events = []schema.MappedEvent{{Time: column, Login: true, When: map[string][]string{p.header[what]: words}}, {Time: column}}
		p.say("Each row is a sign of life at %q; where %q is %s, it is a login.", column, p.header[what], strings.Join(words, " or "))
	default:
		p.m.Events = []schema.MappedEvent{{Time: column}}
		p.say("Each row is a sign of life at %q.", column)
	}
	p.say("A session ends when a person does nothing for 30 minutes.")
}

// loginColumn returns a column of few different texts, of which some say that somebody logged in, and
// those texts.
func (p *proposer) loginColumn() (column int, words []string) {
	for i := range p.header {
		texts, _ := distinct(i, p.rows)
		if p.taken[i] || p.holds[i] != HoldsTexts || len(texts) > maxSorts {
			continue
		}
		for text := range texts {
			if contains(Fold(text), loginWords) {
				words = append(words, text)
			}
		}
		if len(words) > 0 {
			slices.Sort(words)
			return i, words
		}
	}
	return -1, nil
}

// maxSorts is how many different texts a column of sorts of events has at most.
const maxSorts = 20

func contains(name string, words []string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(name, word) })
}
