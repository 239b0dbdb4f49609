// What a shell has to be told once. Each asks `tsnet __complete`, which answers with a line for each word that may stand there
// (the word, a tab, what it is), and last `:none`, `:files` or `:folders`.

const bash = `# bash completion for tsnet: source <(tsnet completion bash)
_tsnet() {
  local line value prefix='' IFS=$' \\t\\n'
  local -a words lines
  read -ra words <<<"\${COMP_LINE:0:COMP_POINT}"
  [[ \${COMP_LINE:0:COMP_POINT} =~ [[:space:]]$ ]] && words+=('')
  local current=\${words[\${#words[@]}-1]}
  # Bash takes what is behind = and : for words of their own.
  [[ $current == *[=:]* ]] && prefix=\${current%"\${current##*[=:]}"}
  mapfile -t lines < <("\${words[0]}" __complete -- "\${words[@]:1}" 2>/dev/null)
  COMPREPLY=()
  for line in "\${lines[@]}"; do
    value=\${line%%$'\\t'*}
    case $value in
      :none) ;;
      :files) compopt -o filenames; mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "\${current#"$prefix"}") ;;
      :folders) compopt -o filenames; mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "\${current#"$prefix"}") ;;
      *) COMPREPLY+=("\${value#"$prefix"}") ;;
    esac
  done
}
complete -F _tsnet tsnet
`;

const zsh = `#compdef tsnet
# zsh completion for tsnet: source <(tsnet completion zsh), or as _tsnet in a folder of $fpath
_tsnet() {
  local line paths
  local -a lines described
  lines=("\${(@f)$("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  paths=\${lines[-1]}
  for line in "\${(@)lines[1,-2]}"; do
    described+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  (( \${#described} )) && _describe -t tsnet tsnet described
  case $paths in
    :files) _files ;;
    :folders) _files -/ ;;
  esac
}
if [[ \${funcstack[1]} == _tsnet ]]; then _tsnet "$@"; else compdef _tsnet tsnet; fi
`;

const fish = `# fish completion for tsnet: tsnet completion fish | source
function __tsnet_complete
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -l current (commandline --current-token --cut-at-cursor)
    set -l lines ($words[1] __complete -- $words[2..] $current 2>/dev/null)
    for line in $lines
        switch $line
            case :none
            case :files
                __fish_complete_path $current
            case :folders
                __fish_complete_directories $current
            case '*'
                echo $line
        end
    end
end
complete --command tsnet --no-files --arguments '(__tsnet_complete)'
`;

/** The script of each shell. */
export const scripts = { bash, zsh, fish } as const;
