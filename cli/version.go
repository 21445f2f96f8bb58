package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// versionCmd prints the version.
type versionCmd struct{}

// Run prints the version of the program, of Go and of the system.
func (versionCmd) Run(a *app) error {
	sentence := fmt.Sprintf("glow %s (%s, %s/%s)", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if a.globals.JSON {
		return a.say(sentence, map[string]any{"version": version(), "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH})
	}
	_, err := fmt.Fprintln(a.out, sentence)
	return err
}

// version is the version of the module, else the commit the program was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return strings.TrimPrefix(v, "v")
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	commit := settings["vcs.revision"]
	if len(commit) < 12 {
		return "devel"
	}
	if settings["vcs.modified"] == "true" {
		return "devel-" + commit[:12] + "-modified"
	}
	return "devel-" + commit[:12]
}
