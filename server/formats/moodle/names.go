package moodle

// nameList numbers the names of people that the files of a log have.
type nameList struct {
	text []string // text[0] is no name
	at   map[string]uint32
}

func newNameList() *nameList {
	return &nameList{text: make([]string, 1), at: map[string]uint32{}}
}

// position returns the number of a name, "" and "-" being none.
func (n *nameList) position(name string) uint32 {
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
