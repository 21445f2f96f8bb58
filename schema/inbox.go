package schema

// InboxState says what became of the files of an inbox.
type InboxState struct {
	Folder  string `json:"folder"`
	Waiting int64  `json:"waiting"` // files that are still being written, or are tried again
	Refused int64  `json:"refused"` // files in the folder "refused"

	TakenSince   int64       `json:"taken_since_start"`
	RefusedSince int64       `json:"refused_since_start"`
	Last         []InboxFile `json:"last"`            // since the start, the newest first, at most 10
	Fault        string      `json:"fault,omitempty"` // what stands in the way; "" when nothing does
}

// InboxFile is what became of one file.
type InboxFile struct {
	Name     string  `json:"name"`
	At       Instant `json:"at"`
	Taken    bool    `json:"taken"` // else it was refused
	TakenFor string  `json:"taken_for,omitempty"`
	Tally    Tally   `json:"tally"`
	Fault    string  `json:"fault,omitempty"`
}
