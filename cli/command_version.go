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
	if a.globals.JSON {
		document := map[string]any{"version": version(), "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH}
		if commit := commit(); commit != "" {
			document["commit"] = commit
		}
		return a.printResult("", document)
	}
	_, err := fmt.Fprintln(a.out, versionSentence())
	return err
}

func versionSentence() string {
	sentence := fmt.Sprintf("glow %s (%s, %s/%s)", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if commit := commit(); commit != "" {
		sentence += ", commit " + commit
	}
	return sentence
}

// version is the version of the module, where Go knows one.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return strings.TrimPrefix(info.Main.Version, "v")
	}
	return "devel"
}

// commit is what the program was built from, as far as the build has noted it.
func commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	commit := settings["vcs.revision"]
	if commit == "" {
		return ""
	}
	if at := settings["vcs.time"]; at != "" {
		commit += " of " + at
	}
	if settings["vcs.modified"] == "true" {
		commit += ", modified since"
	}
	return commit
}
