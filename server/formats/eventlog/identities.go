package eventlog

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"glow/schema"
	"glow/server/formats/roster"
)

// rank is a person's position in an order that does not depend on the order of
// the rows: by user id, then by name.
type rank uint32

const nobody rank = 0

// person is somebody in the log: with the site's user id, or known by name only.
type person struct {
	number  uint64 // user id; 0 for somebody known by name only
	id      string // begins the ids of their sessions
	profile string // id of the profile: the same, unless they were merged into somebody
	name    string
	merged  bool // the profile is that of somebody whom the rows do not name
	counts  bool // has a row of their own, or is viewed by somebody
}

// identities finds out who is behind the user ids and names of a log. First every row is
// noted; after resolveIdentities, persons can be asked for. All that comes out depends
// on which rows there are, and not on their order.
type identities struct {
	site     string
	viewers  bool       // see Options.Viewers
	names    []nameSeen // names[0] is no name
	position map[string]uint32
	byKey    map[uint32]uint32 // position of the name that rows know by a key
	numbers  map[uint64]rank
	ties     map[tie]schema.Instant    // latest row that has both
	profiles map[string]string         // names of the people whom the database has, by profile id
	aliases  map[string]string         // profile ids that were merged into others
	deleted  map[schema.LogRowKey]bool // rows of which nothing is made

	persons []person        // by rank; persons[0] is nobody
	splits  []split         // of names, by position
	byName  []rank          // of names, by position
	united  map[string]rank // by profile id
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

// As stands between the names in "Admin Name as TA Name".
const As = " as "

func newIdentities(site string, viewers bool, rows schema.LogRows) *identities {
	p := &identities{site: site, viewers: viewers, names: make([]nameSeen, 1), position: map[string]uint32{}, byKey: map[uint32]uint32{},
		numbers: map[uint64]rank{}, ties: map[tie]schema.Instant{}, profiles: rows.Profiles, aliases: rows.Aliases, deleted: rows.Deleted}
	p.names[0].last = math.MinInt64
	for key, name := range rows.Names {
		p.byKey[key] = p.note(name)
	}
	return p
}

// note returns the position of a name; 0 when it is empty.
func (p *identities) note(name string) uint32 {
	if name == "" {
		return 0
	}
	at, ok := p.position[name]
	if !ok {
		at = uint32(len(p.names))
		p.names = append(p.names, nameSeen{text: name, last: math.MinInt64, person: !p.viewers || !strings.Contains(name, As)})
		p.position[name] = at
	}
	return at
}

// noteRow notes whom a row names.
func (p *identities) noteRow(r *schema.LogRow) {
	name, affected, user := p.byKey[r.Name], p.byKey[r.Affected], uint64(max(r.User, 0))
	p.noteNumber(user)
	p.noteNumber(r.Real)
	p.noteNumber(r.Related)
	if affected > 0 {
		p.names[affected].person = true
		if r.Related > 0 {
			p.noteTie(affected, r.Related, r.At)
		}
	}
	p.noteTie(name, user, r.At)
}

func (p *identities) noteNumber(number uint64) {
	if number > 0 {
		p.numbers[number] = nobody
	}
}

// noteTie notes a row that has a name and the id of its bearer, either of which
// may be missing.
func (p *identities) noteTie(name uint32, number uint64, at schema.Instant) {
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

// resolveIdentities works out who is who, once every row was noted.
func (p *identities) resolveIdentities() {
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
	p.persons = make([]person, 1, len(p.numbers)+len(p.names))
	for number := range p.numbers {
		p.persons = append(p.persons, person{number: number})
	}
	for at := 1; at < len(p.names); at++ {
		if p.names[at].person && len(numbers[at]) != 1 {
			p.persons = append(p.persons, person{name: p.names[at].text})
		}
	}
	slices.SortFunc(p.persons[1:], func(a, b person) int {
		return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.name, b.name))
	})
	p.byName = make([]rank, len(p.names))
	for r := 1; r < len(p.persons); r++ {
		if who := &p.persons[r]; who.number > 0 {
			p.numbers[who.number] = rank(r)
		} else {
			p.byName[p.position[who.name]] = rank(r)
		}
	}
	named := make([]schema.Instant, len(p.persons)) // latest row by the name chosen so far
	for at := 1; at < len(p.names); at++ {
		for number, last := range numbers[at] {
			r := p.numbers[number]
			if len(numbers[at]) == 1 { // rows that have only the name are this person's too
				last = max(last, p.names[at].last)
				p.byName[at] = r
			}
			who, text := &p.persons[r], p.names[at].text
			if who.name == "" || last > named[r] || last == named[r] && text < who.name {
				who.name, named[r] = text, last
			}
		}
	}
	p.identify()
	p.unite()
}

// splitNames takes "Admin Name as TA Name" apart. Names with " as " in them exist, too:
// a name is taken apart only where one of its halves is known from elsewhere in the
// log, and where no user id says otherwise. What is a half is not taken apart itself.
func (p *identities) splitNames() {
	ids := p.idsOfNames()
	p.splits = make([]split, len(p.names))
	for at := range p.splits {
		p.splits[at] = split{user: uint32(at)}
		if !p.names[at].person {
			p.splits[at] = p.halves(uint32(at), ids)
		}
	}
	for _, s := range p.splits {
		if s.real != 0 {
			p.names[s.real].person, p.names[s.user].person = true, true
		}
	}
	for at := range p.names {
		switch {
		case at >= len(p.splits):
			p.splits = append(p.splits, split{user: uint32(at)})
		case p.names[at].person:
			p.splits[at] = split{user: uint32(at)}
		case p.splits[at].real == 0:
			p.names[at].person = true
		default:
			for _, half := range []uint32{p.splits[at].real, p.splits[at].user} {
				p.names[half].last = max(p.names[half].last, p.names[at].last)
			}
		}
	}
}

// idsOfNames lists the user ids that rows have beside each name.
func (p *identities) idsOfNames() map[uint32][]uint64 {
	ids := map[uint32][]uint64{}
	for t := range p.ties {
		ids[t.name] = append(ids[t.name], t.number)
	}
	return ids
}

// halves finds where "Admin Name as TA Name" is taken apart; real is 0 where it is
// one name. The user id beside such a name is the TA's.
func (p *identities) halves(at uint32, ids map[uint32][]uint64) split {
	name, best, found := p.names[at].text, 0, split{user: at}
	for from := 0; ; {
		i := strings.Index(name[from:], As)
		if i < 0 {
			return found
		}
		left, right := name[:from+i], name[from+i+len(As):]
		from += i + 1
		if left == "" || right == "" || left == right {
			continue
		}
		score := 0
		if real := p.position[left]; p.isPerson(left) && !shareAny(ids[real], ids[at]) {
			score += 2
		}
		if user := p.position[right]; p.isPerson(right) {
			if len(ids[user]) > 0 && len(ids[at]) > 0 && !shareAny(ids[user], ids[at]) {
				continue
			}
			score++
		}
		if score > best {
			best, found = score, split{p.note(left), p.note(right)}
		}
	}
}

func shareAny(a, b []uint64) bool {
	return slices.ContainsFunc(a, func(n uint64) bool { return slices.Contains(b, n) })
}

func (p *identities) isPerson(name string) bool {
	at, known := p.position[name]
	return known && int(at) < len(p.splits) && p.names[at].person
}

// of returns whose activity a row is and whom they act as; and the reason why it is
// nobody's, if it is.
func (p *identities) of(r *schema.LogRow) (actor, viewed rank, reason string) {
	names := p.splits[p.byKey[r.Name]]
	user := p.either(uint64(max(r.User, 0)), names.user)
	real := p.either(r.Real, names.real)
	if r.User == schema.UserForgotten {
		user = real
	}
	actor = user
	if real != nobody && user != nobody {
		actor, viewed = real, user
	}
	if Event(r.Event) == EventLoggedInAs {
		if whom := p.either(r.Related, p.splits[p.byKey[r.Affected]].user); whom != nobody {
			viewed = whom
		}
	}
	if viewed == actor {
		viewed = nobody
	}
	switch {
	case user == nobody && r.User == 0:
		reason = ReasonUserZero
	case user == nobody:
		reason = ReasonNoUser
	case Origin(r.Origin) == OriginCLI:
		reason = ReasonCLI
	case Origin(r.Origin) == OriginRestore:
		reason = ReasonRestore
	case len(p.deleted) > 0 && p.deleted[r.Key()]:
		reason = ReasonDeleted
	default:
		p.persons[actor].counts = true
		p.persons[viewed].counts = true
	}
	return actor, viewed, reason
}

// either returns the person by id, or else by name.
func (p *identities) either(number uint64, name uint32) rank {
	if number > 0 {
		return p.numbers[number]
	}
	return p.byName[name]
}

// identify gives everybody an id, and a name to who has none.
func (p *identities) identify() {
	known := p.knownByName()
	for r := 1; r < len(p.persons); r++ {
		who := &p.persons[r]
		if who.number == 0 {
			who.id = cmp.Or(known[who.name], roster.ID(p.site, who.name))
			continue
		}
		number := strconv.FormatUint(who.number, 10)
		who.id = p.site + "-" + number
		if who.name == "" {
			who.name = "User " + number
		}
	}
}

// knownByName lists the people of the site whom the database knows by a name alone,
// by that name: earlier versions made their ids of the same names otherwise. An id that
// was not made of the name is of another site, whose name begins alike, or of somebody
// who has been renamed.
func (p *identities) knownByName() map[string]string {
	ids := map[string]string{}
	for id, name := range p.profiles {
		made := id == roster.HashedID(p.site, name) || id == roster.PlainID(p.site, name)
		if made && (ids[name] == "" || id < ids[name]) {
			ids[name] = id
		}
	}
	return ids
}

// unite makes one person of those whom the database has merged. Ids of their sessions
// begin with that of the profile or, if the site did not make it, with the first of the
// site's ids that mean it: so they stay as they were where one id was merged.
func (p *identities) unite() {
	meaning := map[string]string{} // the first id of the site that means a profile
	for id, profile := range p.aliases {
		if first := meaning[profile]; first == "" || id < first {
			meaning[profile] = id
		}
	}
	united := map[string]rank{} // by profile
	for r := range p.persons {
		who := &p.persons[r]
		who.profile = cmp.Or(p.aliases[who.id], who.id)
		if first, ok := united[who.profile]; !ok || who.id == who.profile && p.persons[first].id != who.profile {
			united[who.profile] = rank(r)
		}
	}
	for number, r := range p.numbers {
		p.numbers[number] = united[p.persons[r].profile]
	}
	for at, r := range p.byName {
		p.byName[at] = united[p.persons[r].profile]
	}
	for profile, r := range united {
		if who := &p.persons[r]; who.id != profile {
			who.id, who.name, who.merged = meaning[profile], p.profiles[profile], true
			if strings.HasPrefix(profile, p.site+"-") {
				who.id = profile
			}
		}
	}
	p.united = united
}

// rankOf returns who has the id of a profile; nobody when the log does not name them.
func (p *identities) rankOf() map[string]rank { return p.united }
