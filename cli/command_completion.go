package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// completionCmd prints the completion script of a shell.
type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Run writes the script, made from the grammar, so that it needs glow no more.
func (c *completionCmd) Run(a *app) error {
	root := levelsOf(a.parsed.Model.Node, nil)
	script := map[string]func([]level) string{"bash": bashScript, "zsh": zshScript, "fish": fishScript}[c.Shell]
	_, err := io.WriteString(a.out, script(root))
	return err
}

// level is one command line up to a command, and what may follow.
type level struct {
	path     []string // names of the commands, without glow
	help     string
	commands []*kong.Node
	flags    []flagWord
	files    bool     // takes files
	values   []string // of its argument, when there is a list
}

// flagWord is one spelling of a flag.
type flagWord struct {
	word   string // with dashes
	help   string
	values []string
	takes  bool // takes a value
}

// levelsOf lists a command and those below it.
func levelsOf(node *kong.Node, path []string) []level {
	l := level{path: path, help: node.Help}
	for _, group := range node.AllFlags(true) {
		for _, flag := range group {
			l.flags = append(l.flags, flagWords(flag)...)
		}
	}
	for _, argument := range node.Positional {
		if argument.Enum != "" {
			l.values = argument.EnumSlice()
		} else {
			l.files = argument.Name == "file"
		}
	}
	out := []level{l}
	for _, child := range node.Children {
		if child.Hidden {
			continue
		}
		out[0].commands = append(out[0].commands, child)
		out = append(out, levelsOf(child, append(path[:len(path):len(path)], child.Name))...)
	}
	return out
}

func flagWords(flag *kong.Flag) []flagWord {
	f := flagWord{word: "--" + flag.Name, help: flag.Help, values: allowedValues(flag), takes: !flag.IsBool()}
	words := []flagWord{f}
	if flag.Tag.Negatable != "" {
		words = append(words, flagWord{word: "--no-" + flag.Name, help: "Not: " + flag.Help})
	}
	if flag.Short != 0 {
		f.word = "-" + string(flag.Short)
		words = append(words, f)
	}
	return words
}

func (l *level) words() []string {
	words := append([]string(nil), l.values...)
	for _, c := range l.commands {
		words = append(words, c.Name)
	}
	return words
}

func (l *level) flagNames() []string {
	names := make([]string, len(l.flags))
	for i, f := range l.flags {
		names[i] = f.word
	}
	return names
}

// bashScript finds the command among the words before the cursor, then offers
// what may follow it.
func bashScript(levels []level) string {
	var cases, values strings.Builder
	for _, l := range levels {
		key := strings.Join(l.path, " ")
		files := ""
		if l.files {
			files = " files=1"
		}
		fmt.Fprintf(&cases, "    %q) words=%q flags=%q%s ;;\n", key, strings.Join(l.words(), " "), strings.Join(l.flagNames(), " "), files)
		for _, f := range l.flags {
			switch {
			case len(f.values) > 0:
				fmt.Fprintf(&values, "    %q) words=%q ;;\n", key+" "+f.word, strings.Join(f.values, " "))
			case f.takes:
				fmt.Fprintf(&values, "    %q) files=1 ;;\n", key+" "+f.word)
			}
		}
	}
	return fmt.Sprintf(`# bash completion of glow; load it with: source <(glow completion bash)
_glow() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
  local path= word words= flags= files= i
  if [[ $cur == = ]]; then cur=; fi
  if [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case " $(_glow_commands "$path") " in *" $word "*) path=${path:+$path }$word ;; esac
  done
  case "$path $prev" in
%s  esac
  if [[ -z $words && -z $files ]]; then
    case "$path" in
%s    esac
    if [[ $cur == -* ]]; then words=$flags files=; fi
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  if [[ -n $files ]]; then COMPREPLY+=($(compgen -f -- "$cur")); fi
}
_glow_commands() {
  case "$1" in
%s  esac
}
complete -o filenames -F _glow glow
`, values.String(), cases.String(), bashCommands(levels))
}

func bashCommands(levels []level) string {
	var b strings.Builder
	for _, l := range levels {
		if len(l.commands) > 0 {
			names := make([]string, len(l.commands))
			for i, c := range l.commands {
				names[i] = c.Name
			}
			fmt.Fprintf(&b, "    %q) echo %q ;;\n", strings.Join(l.path, " "), strings.Join(names, " "))
		}
	}
	return b.String()
}

// fishScript has one line for each word, with the condition under which it is
// offered.
func fishScript(levels []level) string {
	var b strings.Builder
	b.WriteString(`# fish completion of glow; save it as ~/.config/fish/completions/glow.fish
function __glow_at
    set -l words
    for word in (commandline -opc)[2..]
        if contains -- $word ` + strings.Join(commandWords(levels), " ") + `
            set -a words $word
        end
    end
    test "$words" = "$argv"
end
complete -c glow -f
`)
	for _, l := range levels {
		at := "__glow_at " + strings.Join(l.path, " ")
		for _, c := range l.commands {
			fmt.Fprintf(&b, "complete -c glow -n %s -a %s -d %s\n", quoteFish(at), c.Name, quoteFish(c.Help))
		}
		for _, value := range l.values {
			fmt.Fprintf(&b, "complete -c glow -n %s -a %s\n", quoteFish(at), value)
		}
		if l.files {
			fmt.Fprintf(&b, "complete -c glow -n %s -F\n", quoteFish(at))
		}
		for _, f := range l.flags {
			fmt.Fprintf(&b, "complete -c glow -n %s %s -d %s%s\n", quoteFish(at), fishFlag(f.word), quoteFish(f.help), fishValue(f))
		}
	}
	return b.String()
}

func commandWords(levels []level) []string {
	var words []string
	seen := map[string]bool{}
	for _, l := range levels {
		for _, c := range l.commands {
			if !seen[c.Name] {
				seen[c.Name] = true
				words = append(words, c.Name)
			}
		}
	}
	return words
}

func fishFlag(word string) string {
	if name, long := strings.CutPrefix(word, "--"); long {
		return "-l " + name
	}
	return "-s " + word[1:]
}

func fishValue(f flagWord) string {
	switch {
	case len(f.values) > 0:
		return " -x -a " + quoteFish(strings.Join(f.values, " "))
	case f.takes:
		return " -r -F"
	}
	return ""
}

func quoteFish(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

// zshScript finds the command among the words, then describes what may follow.
func zshScript(levels []level) string {
	var cases, values, commands strings.Builder
	for _, l := range levels {
		key := strings.Join(l.path, " ")
		fmt.Fprintf(&cases, "    %s)\n", quoteZsh(key))
		for _, c := range l.commands {
			fmt.Fprintf(&cases, "      offer+=(%s)\n", quoteZsh(describe(c.Name, c.Help)))
		}
		for _, value := range l.values {
			fmt.Fprintf(&cases, "      offer+=(%s)\n", quoteZsh(value))
		}
		for _, f := range l.flags {
			fmt.Fprintf(&cases, "      flags+=(%s)\n", quoteZsh(describe(f.word, f.help)))
			switch {
			case len(f.values) > 0:
				fmt.Fprintf(&values, "    %s) offer=(%s) ;;\n", quoteZsh(key+" "+f.word), strings.Join(f.values, " "))
			case f.takes:
				fmt.Fprintf(&values, "    %s) files=1 ;;\n", quoteZsh(key+" "+f.word))
			}
		}
		if l.files {
			cases.WriteString("      files=1\n")
		}
		cases.WriteString("      ;;\n")
		for _, c := range l.commands {
			fmt.Fprintf(&commands, "      %s) at=%s ;;\n", quoteZsh(key+"/"+c.Name), quoteZsh(strings.TrimSpace(key+" "+c.Name)))
		}
	}
	return fmt.Sprintf(`#compdef glow
# zsh completion of glow; load it with: source <(glow completion zsh)
_glow() {
  local at= files= word
  local -a before offer flags
  before=("${(@)words[2,CURRENT-1]}")
  local prev=${before[-1]}
  for word in "${(@)before}"; do
    case "$at/$word" in
%s    esac
  done
  case "$at $prev" in
%s  esac
  if (( ! $#offer )) && [[ -z $files ]]; then
    case "$at" in
%s    esac
  fi
  if (( $#offer )); then _describe -t words word offer; fi
  if [[ $PREFIX == -* ]] && (( $#flags )); then _describe -t flags flag flags; fi
  if [[ -n $files ]]; then _files; fi
}
compdef _glow glow
`, commands.String(), values.String(), cases.String())
}

// describe joins a word and its help as _describe wants them.
func describe(word, help string) string {
	return strings.ReplaceAll(word, ":", `\:`) + ":" + help
}

func quoteZsh(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
