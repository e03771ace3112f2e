"""`hubctl completion`: the script that teaches a shell our verbs, options and threads."""

from enum import StrEnum
from typing import Annotated

from hubctl.cli.options import Argument
from hubctl.cli.shared import put

# Several offers are listed with their meaning; a single one must be the bare value, for bash inserts it.
BASH = r"""# In ~/.bashrc: eval "$(hubctl completion bash)"
_hubctl_completion() {
    local value meaning word="${COMP_WORDS[COMP_CWORD]}"
    local -a values=() lines=()
    COMPREPLY=()
    while IFS=$'\t' read -r value meaning; do
        values+=("$value")
        lines+=("${meaning:+$(printf '%-12s  -- %s' "$value" "${meaning:0:60}")}")
        lines[-1]="${lines[-1]:-$value}"
    done < <(_HUBCTL_COMPLETE=1 "$1" "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    if [ "${#values[@]}" -le 1 ] || [ "${COMP_TYPE:-9}" -ne 63 ]; then
        COMPREPLY=("${values[@]}")
    else
        COMPREPLY=("${lines[@]}")
    fi
}
complete -o default -o nosort -F _hubctl_completion hubctl
"""

ZSH = r"""#compdef hubctl
# In ~/.zshrc, behind compinit: eval "$(hubctl completion zsh)"
_hubctl() {
    local line value meaning
    local -a offers
    while IFS=$'\t' read -r value meaning; do
        offers+=("${value//:/\\:}:${meaning}")
    done < <(_HUBCTL_COMPLETE=1 "${words[1]}" "${(@)words[2,CURRENT]}" 2>/dev/null)
    if (( ${#offers} )); then
        _describe -V 'hubctl' offers
    else
        _files
    fi
}
compdef _hubctl hubctl
"""

FISH = r"""# In ~/.config/fish/config.fish: hubctl completion fish | source
function __hubctl_offers
    set -l before (commandline -opc)
    set -l offers (env _HUBCTL_COMPLETE=1 $before[1] $before[2..-1] (commandline -ct) 2>/dev/null)
    if test (count $offers) -gt 0
        printf '%s\n' $offers
    else
        __fish_complete_path (commandline -ct)
    end
end
complete --command hubctl --no-files --keep-order --arguments '(__hubctl_offers)'
"""


class ShellName(StrEnum):
    """The shells that have a script."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


SCRIPTS = {ShellName.BASH: BASH, ShellName.ZSH: ZSH, ShellName.FISH: FISH}


def completion(shell: Annotated[ShellName, Argument(help="Your shell.")]) -> None:
    """Print the script that completes verbs, options and threads; its first lines say where it belongs."""
    put(SCRIPTS[shell].rstrip())
