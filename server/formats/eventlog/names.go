package eventlog

// Names numbers the names of people that the rows of a log have.
type Names struct {
	text []string // text[0] is no name
	at   map[string]uint32
}

func newNames() *Names { return &Names{text: make([]string, 1), at: map[string]uint32{}} }

// Position returns the number of a name, "" and "-" being none: 0.
func (n *Names) Position(name string) uint32 {
	if name == "" || name == "-" {
		return 0
	}
	at, known := n.at[name]
	if !known {
		at = uint32(len(n.text))
		n.text = append(n.text, name)
		n.at[name] = at
	}
	return at
}

// Text returns the name that has a number.
func (n *Names) Text(position uint32) string { return n.text[position] }

// All lists the names by their numbers; the first is none.
func (n *Names) All() []string { return n.text }
