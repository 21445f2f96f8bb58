package cli

import (
	"fmt"
	"io"

	"glow/server/manual"
)

// helpCmd prints the manual, which is part of the program: no instance is asked.
// Usage of a command is told by its --help.
type helpCmd struct {
	Topic string `arg:"" optional:"" help:"What to read; without it the topics are listed."`
}

// Run prints one topic as Markdown, or the list of topics.
func (c *helpCmd) Run(a *app) error {
	if c.Topic == "" {
		_, err := fmt.Fprintf(a.out, "The manual. Read a topic with: glow help TOPIC\n\n%s\nFlags of a command: glow COMMAND --help. In the browser: /help.\n", manual.List())
		return err
	}
	topic, ok := manual.Find(c.Topic)
	if !ok {
		return usagef("the manual has no topic %q; glow help lists the topics, glow --help the commands", c.Topic)
	}
	_, err := io.WriteString(a.out, topic.Text)
	return err
}
