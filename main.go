// Command glow answers who trains, and who needs follow-up, from the records of
// training tools.
package main

import (
	"os"

	"glow/cli"
)

func main() {
	os.Exit(cli.Run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Environ()))
}
