package moodle

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"glow/schema"
)

// rank is a person's position in an order that does not depend on the order of
// the rows: by user id, then by name.
type rank uint32

const nobody rank = 0

// person is somebody in the log: with the site's user id, or known by name only.
type person struct {
	number uint64 // user id; 0 for somebody known by name only
	id     string // of the profile
	name   string
	counts bool // has a row of their own, or is viewed by somebody
}

// people finds out who is behind the user ids and names of a log. First all of
// the log is noted; after know, persons can be asked for.
type people struct {
	site     string
	names    []nameSeen // names[0] is no name
	position map[string]uint32
	numbers  map[uint64]rank
	ties     map[tie]schema.Instant // latest row that has both

	everyone []person // by rank; everyone[0] is nobody
	splits   []split  // of names, by position
	byName   []rank   // of names, by position
}

// nameSeen is a name as it stands in the log.
type nameSeen struct {
	text   string
	last   schema.Instant // latest row by that name
	person bool           // it is surely one person's, and not "Admin Name as TA Name"
}

// tie says that a row has both the name and the id of a user.
type tie struct {
	name   uint32
	number uint64
}

// split is what "Admin Name as TA Name" is made of. For the name of one person
// acting as themselves real is 0 and user the name.
type split struct{ real, user uint32 }

const as = " as "

func newPeople(site string) *people {
	p := &people{site: site, names: make([]nameSeen, 1), position: map[string]uint32{},
		numbers: map[uint64]rank{}, ties: map[tie]schema.Instant{}}
	p.names[0].last = math.MinInt64
	return p
}

// note returns the position of a name, "" or "-" being none.
func (p *people) note(name string) uint32 {
	if name == "" || name == "-" {
		return 0
	}
	at, ok := p.position[name]
	if !ok {
		at = uint32(len(p.names))
		p.names = append(p.names, nameSeen{text: name, last: math.MinInt64, person: !strings.Contains(name, as)})
		p.position[name] = at
	}
	return at
}

func (p *people) noteNumber(number uint64) {
	if number > 0 {
		p.numbers[number] = nobody
	}
}

// noteTie notes a row that has a name and the id of its bearer, either of which
// may be missing.
func (p *people) noteTie(name uint32, number uint64, at schema.Instant) {
	if name == 0 {
		return
	}
	p.names[name].last = max(p.names[name].last, at)
	if number > 0 {
		t := tie{name, number}
		last, known := p.ties[t]
		if !known || at > last {
			p.ties[t] = at
		}
	}
}

// know works out who is who, once all of the log was noted.
func (p *people) know() {
	p.splitNames()
	numbers := make([]map[uint64]schema.Instant, len(p.names)) // ids that go with a name
	for t, at := range p.ties {
		user := p.splits[t.name].user
		if numbers[user] == nil {
			numbers[user] = map[uint64]schema.Instant{}
		}
		last, known := numbers[user][t.number]
		if !known || at > last {
			numbers[user][t.number] = at
		}
	}
	p.everyone = make([]person, 1, len(p.numbers)+len(p.names))
	for number := range p.numbers {
		p.everyone = append(p.everyone, person{number: number})
	}
	for at := 1; at < len(p.names); at++ {
		if p.names[at].person && len(numbers[at]) != 1 {
			p.everyone = append(p.everyone, person{name: p.names[at].text})
		}
	}
	slices.SortFunc(p.everyone[1:], func(a, b person) int {
		return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.name, b.name))
	})
	p.byName = make([]rank, len(p.names))
	for r := 1; r < len(p.everyone); r++ {
		if who := &p.everyone[r]; who.number > 0 {
			p.numbers[who.number] = rank(r)
		} else {
			p.byName[p.position[who.name]] = rank(r)
		}
	}
	named := make([]schema.Instant, len(p.everyone)) // latest row by the name chosen so far
	for at := 1; at < len(p.names); at++ {
		for number, last := range numbers[at] {
			r := p.numbers[number]
			if len(numbers[at]) == 1 { // rows that have only the name are this person's too
				last = max(last, p.names[at].last)
				p.byName[at] = r
			}
			who, text := &p.everyone[r], p.names[at].text
			if who.name == "" || last > named[r] || last == named[r] && text < who.name {
				who.name, named[r] = text, last
			}
		}
	}
}

// splitNames takes "Admin Name as TA Name" apart. Names with " as " in them exist,
// too: halves that stand alone elsewhere in the log are preferred, and what is a
// half is not taken apart itself.
func (p *people) splitNames() {
	p.splits = make([]split, len(p.names))
	for at := range p.splits {
		if at == 0 || p.names[at].person {
			p.splits[at] = split{user: uint32(at)}
			continue
		}
		real, user := p.halves(p.names[at].text)
		s := split{p.note(real), p.note(user)}
		if s.real == 0 || s.user == 0 || s.real == s.user {
			s = split{user: max(s.real, s.user)}
		}
		p.splits[at] = s
	}
	for _, s := range p.splits {
		p.names[s.real].person, p.names[s.user].person = true, true
	}
	for at := range p.names {
		switch {
		case at >= len(p.splits):
			p.splits = append(p.splits, split{user: uint32(at)})
		case p.names[at].person:
			p.splits[at] = split{user: uint32(at)}
		default:
			for _, half := range []uint32{p.splits[at].real, p.splits[at].user} {
				p.names[half].last = max(p.names[half].last, p.names[at].last)
			}
		}
	}
}

func (p *people) halves(name string) (real, user string) {
	best := -1
	for from := 0; ; {
		i := strings.Index(name[from:], as)
		if i < 0 {
			return real, user
		}
		left, right := name[:from+i], name[from+i+len(as):]
		from += i + 1
		score := 0
		if p.isPerson(left) {
			score += 2
		}
		if p.isPerson(right) {
			score++
		}
		if score > best {
			best, real, user = score, left, right
		}
	}
}

func (p *people) isPerson(name string) bool {
	at, known := p.position[name]
	return known && int(at) < len(p.splits) && p.names[at].person
}

// of returns whose activity a row is and whom they act as; or the reason why it
// is nobody's.
func (p *people) of(r *row) (actor, viewed rank, reason string) {
	names := p.splits[r.name]
	user := p.either(uint64(max(r.user, 0)), names.user)
	switch {
	case user == nobody && r.user == 0:
		return nobody, nobody, reasonUserZero
	case user == nobody:
		return nobody, nobody, reasonNoUser
	case r.origin == originCLI:
		return nobody, nobody, reasonCLI
	case r.origin == originRestore:
		return nobody, nobody, reasonRestore
	}
	real := p.either(r.real, names.real)
	actor = user
	if real != nobody {
		actor, viewed = real, user
	}
	if r.event == eventLoggedInAs {
		if whom := p.either(r.related, p.splits[r.affected].user); whom != nobody {
			viewed = whom
		}
	}
	if viewed == actor {
		viewed = nobody
	}
	p.everyone[actor].counts = true
	p.everyone[viewed].counts = true
	return actor, viewed, ""
}

// either returns the person by id, or else by name.
func (p *people) either(number uint64, name uint32) rank {
	if number > 0 {
		return p.numbers[number]
	}
	return p.byName[name]
}

// identify gives ids and names to those who count.
func (p *people) identify() {
	var names []string
	for r := 1; r < len(p.everyone); r++ {
		who := &p.everyone[r]
		if who.number == 0 {
			if who.counts {
				names = append(names, who.name)
			}
			continue
		}
		number := strconv.FormatUint(who.number, 10)
		who.id = p.site + "-" + number
		if who.name == "" {
			who.name = "User " + number
		}
	}
	ids := NameIDs(p.site, names)
	for r := 1; r < len(p.everyone); r++ {
		if who := &p.everyone[r]; who.number == 0 && who.counts {
			who.id = ids[who.name]
		}
	}
}

// NameIDs makes a profile id of the form "prefix-name-as-a-slug" for each name.
// Names whose slugs are alike, or that have none, are told apart by a short hash
// of the name.
func NameIDs(prefix string, names []string) map[string]string {
	slugs := make(map[string]string, len(names))
	for _, name := range names {
		slugs[name] = slug(name)
	}
	bearers := map[string]int{}
	for _, s := range slugs {
		bearers[s]++
	}
	for name, s := range slugs {
		if bearers[s] > 1 || !isPlainSlug(s) {
			s = fmt.Sprintf("%s-%08x", cmp.Or(s, "name"), uint32(hashOf(name)))
		}
		slugs[name] = prefix + "-" + s
	}
	return slugs
}
