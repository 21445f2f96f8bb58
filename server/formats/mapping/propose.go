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
	Means   []Meaning // of the columns
	Why     []string  // a sentence for each thing that it says
}

// Propose makes a mapping of the names of the columns and the cells of the first rows, which somebody
// is to look at. It returns nil where no column says whose the rows are.
func Propose(file string, header []string, rows [][]string) *Proposal {
	p := &proposer{header: header, rows: rows, holds: Holds(header, rows), means: make([]Meaning, len(header))}
	began := p.time()
	p.person(began >= 0)
	if began >= 0 {
		p.did(began)
	}
	m, why, err := Make(NameFor(file), header, p.means)
	if err != nil {
		return nil
	}
	why = append(why, p.logins(m)...)
	return &Proposal{m, p.means, why}
}

// NameFor makes the name of a mapping of the name of a file, which often has a date in it.
func NameFor(file string) string {
	stem := strings.ToLower(strings.TrimSuffix(path.Base(file), path.Ext(file)))
	words := strings.FieldsFunc(stem, func(r rune) bool { return r < 'a' || r > 'z' })
	name := strings.Join(words, "-")
	for len(name) > maxName && len(words) > 1 {
		words = words[:len(words)-1]
		name = strings.Join(words, "-")
	}
	if name == schema.FromMoodle { // which begins the ids of people in its logs
		name += "-table"
	}
	return cmp.Or(name[:min(len(name), maxName)], "table")
}

// maxName is the most characters of the name of a proposal, which begins ids.
const maxName = 32

// proposer finds out what columns mean.
type proposer struct {
	header []string
	rows   [][]string
	holds  []string // see Holds
	means  []Meaning
}

// Parts of the names of columns, folded; the first that fits counts.
var (
	beginWords   = []string{"start", "begin", "began", "created", "opened", "beginn", "debut", "inicio", "inizio", "login", "signin", "anmeld", "connexion", "timestamp", "datetime", "time", "date", "when", "zeit", "datum", "heure", "hora", "fecha", "data", "ora", "tid", "czas", "время", "дата", "thoigian", "ngay", "时间", "日期", "日時", "시간", "날짜"}
	endWords     = []string{"ended", "endtime", "enddate", "endat", "end", "finish", "complete", "closed", "stop", "logout", "signout", "beendet", "ende", "abgemeldet", "fin", "termin", "конец", "ketthuc", "结束", "終了"}
	updateWords  = []string{"last", "updat", "modif", "changed", "letzte", "dernier", "ultim"}
	sessionWords = []string{"session", "sitzung", "sesion", "sessione", "sessao", "visit", "conversation", "thread", "phien", "сессия", "会话", "セッション"}
	inputWords   = []string{"inputtoken", "prompttoken", "tokensin", "tokensprompt", "tokensinput", "eingabetoken"}
	outputWords  = []string{"outputtoken", "completiontoken", "tokensout", "tokenscompletion", "generatedtoken", "ausgabetoken"}
	costWords    = []string{"cost", "spend", "price", "usd", "kosten", "cout", "coste", "custo", "costo", "preis"}
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
			if has && p.means[i] == "" && slices.Contains(holds, p.holds[i]) {
				return i
			}
		}
	}
	return -1
}

// mean says what a column means, if it is one.
func (p *proposer) mean(column int, meaning Meaning) bool {
	if column >= 0 {
		p.means[column] = meaning
	}
	return column >= 0
}

// time finds the column of when something happened or began: the first by the words for that, else the
// first that holds times; -1 where none does.
func (p *proposer) time() int {
	at := p.find(beginWords, HoldsTimes)
	if at < 0 {
		at = slices.Index(p.holds, HoldsTimes)
	}
	p.mean(at, MeansTime)
	return at
}

// named finds a column by the usual names of a field of a person. In a table of what people did, a
// column that is named "id" alone is that of the row.
func (p *proposer) named(field string, timed bool) int {
	for _, name := range synonyms()[schema.KindProfile][field] {
		for i, column := range p.header {
			if Fold(column) == name && p.means[i] == "" && p.holds[i] != HoldsTimes && !(timed && name == "id") {
				return i
			}
		}
	}
	return -1
}

// person finds the columns that say whose the rows are.
func (p *proposer) person(timed bool) {
	email := p.named("email", timed)
	if email < 0 || p.holds[email] != HoldsAddresses {
		email = slices.Index(p.holds, HoldsAddresses)
	}
	known := p.mean(email, MeansEmail)
	known = p.mean(p.named("id", timed), MeansID) || known
	if named := p.mean(p.named("name", timed), MeansName); !named {
		first := p.mean(p.named("first", timed), MeansFirst)
		last := p.mean(p.named("last", timed), MeansLast)
		named = first || last
		known = known || named
	} else {
		known = true
	}
	if !known {
		if at := p.find(personWords, HoldsTexts, HoldsNumbers); p.holdsNames(at) {
			p.mean(at, MeansName)
		} else {
			p.mean(at, MeansID)
		}
	}
	p.mean(p.named("role", timed), MeansRole)
	p.mean(p.named("department_ids", timed), MeansDepartment)
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

// did finds the columns that say what people did.
func (p *proposer) did(began int) {
	called := p.mean(p.find(inputWords, HoldsNumbers), MeansInput)
	called = p.mean(p.find(outputWords, HoldsNumbers), MeansOutput) || called
	called = p.mean(p.find(costWords, HoldsNumbers), MeansCost) || called
	ended := false
	if called {
		p.mean(p.find(modelWords, HoldsTexts), MeansModel)
	} else if ended = p.mean(p.find(endWords, HoldsTimes), MeansEnd); ended {
		p.mean(p.find(updateWords, HoldsTimes), MeansUpdated)
	}
	session := p.find(sessionWords, HoldsTexts, HoldsNumbers)
	switch {
	case ended && !p.unique(session): // it would make one session of several rows
	default:
		p.mean(session, MeansSession)
	}
	if row := p.find([]string{"request", "generation", "callid", "eventid", "rowid", "uuid", "id"}, HoldsTexts, HoldsNumbers); p.unique(row) {
		p.mean(row, MeansRow)
	}
	if !called && !ended && session < 0 && contains(Fold(p.header[began]), loginWords) {
		p.means[began] = MeansLogin
	}
}

// unique reports whether every row has a text in a column, and no two the same.
func (p *proposer) unique(column int) bool {
	texts, filled := distinct(column, p.rows)
	return column >= 0 && filled == len(p.rows) && len(texts) == filled
}

// logins makes logins of the rows that say that they are, in a column of few different texts.
func (p *proposer) logins(m *schema.Mapping) []string {
	if len(m.Events) != 1 || m.Events[0].Login {
		return nil
	}
	for i, column := range p.header {
		texts, _ := distinct(i, p.rows)
		if p.means[i] != "" || p.holds[i] != HoldsTexts || len(texts) > maxSorts {
			continue
		}
		var words []string
		for text := range texts {
			if contains(Fold(text), loginWords) {
				words = append(words, text)
			}
		}
		if len(words) == 0 {
			continue
		}
		slices.Sort(words)
		at := m.Events[0].Time
		m.Events = []schema.MappedEvent{{Time: at, Login: true, When: map[string][]string{column: words}}, {Time: at}}
		return []string{fmt.Sprintf("Where %q is %s, it is a login.", column, strings.Join(words, " or "))}
	}
	return nil
}

// maxSorts is how many different texts a column of sorts of events has at most.
const maxSorts = 20

func contains(name string, words []string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(name, word) })
}
