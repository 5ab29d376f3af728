#include "config/load.hpp"

#include "config/built_in_providers.hpp"
#include "config/key_table.hpp"
#include "config/toml_library.hpp"
#include "net/address.hpp"
#include "net/nearest.hpp"
#include "net/text.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace weir::config
{
namespace
{

/// "WEIR_GATEWAY_LISTEN" for gateway.listen.
std::string variable_of(std::string_view path)
{
    std::string out = "WEIR_";
    for (char const c : path) out += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return out;
}

std::string unknown_key(std::string_view given, std::vector<std::string> const& known)
{
    std::string const near(net::nearest(given, std::vector<std::string_view>(known.begin(), known.end())));
    return near.empty() ? "unknown key; docs/configuration.md lists them" : "unknown key; did you mean " + near + "?";
}

/// Where a value stands, for error lines: "weir.toml:12", "environment WEIR_LOG_LEVEL", "--log-level".
using place = std::string;

class loader
{
public:
    loaded result;

    void error(place const& at, std::string_view path, std::string_view problem)
    {
        faulty_.emplace(path);
        result.errors.push_back(at + ": " + std::string(path) + ": " + std::string(problem));
    }

    /// Whether the value of a key, or of one below it, could not be taken: what follows from that is no second error.
    bool is_faulty(std::string_view path) const
    {
        auto const below = std::string(path) + ".";
        return std::any_of(faulty_.begin(), faulty_.end(),
                           [&](std::string const& key) { return key == path || key.starts_with(below); });
    }

    /// Whether there is text that was not read, so that settings may be missing.
    bool is_unread() const { return unread_; }

    void set(place const& at, std::string const& path, raw_value const& value)
    {
        result.places[path] = at;
        if (path.starts_with("providers.")) {
            set_provider(at, path, value);
            return;
        }
        if (auto const name = command_in(path); !name.empty()) {
            if (auto const problem = set_command(result.values, name, value)) error(at, path, *problem);
            return;
        }
        auto const all = keys();
        auto const found = std::find_if(all.begin(), all.end(), [&](key const& k) { return k.path == path; });
        if (found == all.end()) {
            unknown(at, path);
        } else if (auto const problem = found->set(result.values, value)) {
            error(at, path, *problem);
        }
    }

    void unknown(place const& at, std::string const& path)
    {
        auto paths = key_paths();
        for (auto const* section :
             {"gateway", "admin", "storage", "auth", "cost", "log", "vault", "experiments", "providers"})
            paths.emplace_back(section);
        error(at, path, unknown_key(path, paths));
    }

    void read_file(std::string const& file)
    {
        result.read_from.push_back(file);
        std::error_code ignored;
        std::ifstream in;
        if (!std::filesystem::is_directory(file, ignored)) in.open(file, std::ios::binary);
        std::string const text(std::istreambuf_iterator<char>(in), {});
        if (!in.is_open() || in.bad()) {
            unread_ = true;
            result.errors.push_back(file + ": cannot be read; give a readable file with --config");
            return;
        }
        auto const parsed = toml::parse(text, file);
        if (!parsed) {
            unread_ = true;
            auto const& problem = parsed.error();
            result.errors.push_back(file + ":" + std::to_string(problem.source().begin.line) +
                                    ": not valid TOML: " + std::string(problem.description()));
            return;
        }
        read_table(file, parsed.table(), "");
    }

    void read_environment(std::map<std::string, std::string> const& variables)
    {
        for (auto const& [name, value] : variables) {
            place const at = "environment " + name;
            if (auto const path = path_of_variable(name); !path.empty()) {
                result.read_from.push_back(at);
                set(at, path, value);
            } else if (is_of_a_section(name)) {
                std::vector<std::string> known;
                for (auto const& key_path : key_paths()) known.push_back(variable_of(key_path));
                result.errors.push_back(at + ": " + unknown_key(name, known));
            }
        }
    }

    void read_flags(std::map<std::string, std::string> const& flags)
    {
        for (auto const& [path, value] : flags) {
            result.read_from.push_back("command line " + path);
            set("command line", path, value);
        }
    }

private:
    void read_table(std::string const& file, toml::table const& table, std::string const& prefix)
    {
        for (auto const& [name, node] : table) {
            auto const path = prefix + std::string(name.str());
            auto const at = file + ":" + std::to_string(node.source().begin.line);
            if (auto const* inner = node.as_table()) {
                if (!is_section(path)) {
                    unknown(at, path);
                    continue;
                }
                if (path.starts_with("providers.")) configured(at, path.substr(10));
                read_table(file, *inner, path + ".");
            } else if (auto const value = value_of(node)) {
                set(at, path, *value);
            } else {
                error(at, path, "must be a text, a whole number, true or false, or a list of texts");
            }
        }
    }

    static bool is_section(std::string const& path)
    {
        if (path == "providers" || path == command_section) return true;
        if (path.starts_with("providers.")) return path.find('.', 10) == path.npos;
        auto const all = keys();
        return std::any_of(all.begin(), all.end(), [&](key const& k) { return k.path.starts_with(path + "."); });
    }

    /// "tone" of experiments.commands.tone; empty for the path of anything else.
    static std::string_view command_in(std::string_view path)
    {
        if (!path.starts_with(command_section) || path.size() == command_section.size()) return {};
        path.remove_prefix(command_section.size());
        return path.front() == '.' ? path.substr(1) : std::string_view();
    }

    static std::optional<raw_value> value_of(toml::node const& node)
    {
        if (auto const* text = node.as_string()) return text->get();
        if (auto const* number = node.as_integer()) return number->get();
        if (auto const* truth = node.as_boolean()) return truth->get();
        auto const* array = node.as_array();
        if (!array) return std::nullopt;
        std::vector<std::string> list;
        for (auto const& element : *array) {
            auto const* text = element.as_string();
            if (!text) return std::nullopt;
            list.push_back(text->get());
        }
        return list;
    }

    /// The provider of that name, made when it is new.
    provider_settings& provider(std::string_view name)
    {
        auto const id = provider_id(name);
        auto& p = result.values.providers[id];
        p.name = id;
        return p;
    }

    provider_settings& configured(place const& at, std::string_view name)
    {
        auto& p = provider(name);
        p.configured = true;
        result.places.emplace("providers." + p.name, at);
        return p;
    }

    void set_provider(place const& at, std::string const& path, raw_value const& value)
    {
        auto const dot = path.find('.', 10);
        if (dot == path.npos) {
            error(at, path, "must be a table with base_url and kind");
            return;
        }
        auto const member = std::string_view(path).substr(dot + 1);
        auto const all = provider_keys();
        auto const found =
            std::find_if(all.begin(), all.end(), [&](provider_key const& k) { return k.name == member; });
        if (found == all.end()) {
            unknown(at, path);
            return;
        }
        auto& p = configured(at, std::string_view(path).substr(10, dot - 10));
        if (auto const problem = found->set(p, value)) error(at, path, *problem);
    }

    /// "gateway.listen" for WEIR_GATEWAY_LISTEN; empty for a variable that names no setting.
    static std::string path_of_variable(std::string const& name)
    {
        for (auto const& k : keys())
            if (variable_of(k.path) == name) return std::string(k.path);
        if (auto const commands = variable_of(command_section) + "_";
            name.starts_with(commands) && name.size() > commands.size())
            return std::string(command_section) + "." + net::to_lower(name.substr(commands.size()));
        constexpr std::string_view prefix = "WEIR_PROVIDERS_";
        if (!name.starts_with(prefix)) return {};
        for (auto const& k : provider_keys()) {
            auto const suffix = variable_of(k.name).substr(4);
            if (name.size() <= prefix.size() + suffix.size() || !name.ends_with(suffix)) continue;
            auto const provider = name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
            return "providers." + net::to_lower(provider) + "." + std::string(k.name);
        }
        return {};
    }

    /// Whether a variable can only be meant for a setting: WEIR_BINARY and the like are nobody's. The vault's master
    /// key itself is in the environment, but no setting.
    static bool is_of_a_section(std::string const& name)
    {
        static auto const sections = [] {
            std::set<std::string> all{"WEIR_PROVIDERS"};
            for (auto const& k : keys()) all.insert(variable_of(k.path.substr(0, k.path.find('.'))));
            return all;
        }();
        return name != "WEIR_VAULT_MASTER_KEY" && sections.contains(name.substr(0, name.find('_', 5)));
    }

    std::set<std::string> faulty_;
    bool unread_ = false;
};

/// Letters, digits, '-' and '_'.
bool is_name(std::string_view name)
{
    return !name.empty() && std::all_of(name.begin(), name.end(),
                                        [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; });
}

bool is_provider_name(std::string_view name)
{
    return is_name(name) && name != "v1" && name != "healthz" && name != "custom";
}

/// What no single value can be wrong about.
void validate(loader& on, bool insecure)
{
    auto& s = on.result.values;
    auto const wrong = [&](std::string const& path, std::string const& problem) {
        if (!on.is_faulty(path)) on.result.errors.push_back(on.result.placed(path + ": " + problem));
    };

    for (auto const& [name, p] : s.providers) {
        if (p.configured && !is_provider_name(name))
            wrong("providers." + name,
                  "the name stands in URLs: use letters, digits, '-' and '_', and not v1, healthz or custom");
        if (p.configured && p.base_url.empty() && !on.is_faulty("providers." + name)) {
            std::vector<std::string_view> known;
            for (auto const& built_in : built_in_providers()) known.push_back(built_in.name);
            std::string const near(net::nearest(name, known));
            wrong("providers." + name + ".base_url",
                  near.empty() || near == name
                      ? "is required: weir does not know this provider's host"
                      : "is required for a new provider; or did you mean providers." + near + "?");
        }
    }
    s.gateway.default_provider = provider_id(s.gateway.default_provider);
    if (!s.providers.contains(s.gateway.default_provider)) {
        std::vector<std::string_view> names;
        for (auto const& [name, p] : s.providers) names.push_back(name);
        std::string const near(net::nearest(s.gateway.default_provider, names));
        wrong("gateway.default_provider",
              "no provider has that name" + (near.empty() ? "" : "; did you mean " + near + "?"));
    }
    for (auto const& name : s.storage.indexed_properties) {
        auto const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
        if (name.empty() || name.size() > 64 || name.find_first_not_of(letters) != name.npos)
            wrong("storage.indexed_properties",
                  "\"" + name + "\" cannot be indexed: names of at most 64 letters, digits, '-' and '_' can");
    }
    for (auto const& target : s.gateway.allowed_targets) {
        bool const is_origin = target.find("://") != target.npos;
        auto const parsed = net::parse_url(is_origin ? target : "https://" + target);
        if (!parsed || !parsed->path.empty() || (!is_origin && target.find(':') != target.npos))
            wrong("gateway.allowed_targets",
                  "\"" + target +
                      "\" is neither a host (\"api.example.com\") nor an origin (\"http://10.0.0.5:8000\")");
    }
    if (!insecure && !s.auth.required && !on.is_faulty("auth.required"))
        for (auto const& [path, listen] :
             {std::pair{"gateway.listen", s.gateway.listen}, {"admin.listen", s.admin.listen}})
            if (!net::is_loopback(listen.host))
                wrong(path, "listens beyond loopback without keys: set auth.required = true (weir keys create makes a "
                            "key), or give --insecure if something else keeps strangers out");
    if (s.gateway.max_connections == 0) wrong("gateway.max_connections", "must be at least 1");
    if (s.gateway.max_upstream_connections == 0) wrong("gateway.max_upstream_connections", "must be at least 1");
    if (s.storage.retain_days > most_retain_days)
        wrong("storage.retain_days", "must be at most 36500; 0 keeps calls for ever");
    if (!s.admin.public_url.empty() && !net::parse_url(s.admin.public_url))
        wrong("admin.public_url", "must be an http or https URL, such as \"https://weir.example.com\"");
    if (!s.admin.gateway_url.empty() && (!net::parse_url(s.admin.gateway_url) || s.admin.gateway_url.ends_with('/')))
        wrong("admin.gateway_url", "must be an http or https URL without a slash at its end, such as "
                                   "\"http://127.0.0.1:8787\"");
    if (s.gateway.max_header_bytes.bytes < 1024 || s.gateway.max_header_bytes.bytes > (16U << 20U))
        wrong("gateway.max_header_bytes", "must be between 1KiB and 16MiB");
    if (s.storage.path.empty()) wrong("storage.path", "must name a file");
    for (auto const& [name, command] : s.experiments.commands)
        if (!is_name(name))
            wrong(std::string(command_section) + "." + name, "a command's name is of letters, digits, '-' and '_'");
    if (constexpr std::uint64_t least = 16U << 20U; s.experiments.command_memory.bytes < least)
        wrong("experiments.command_memory", "must be at least 16MiB");
    for (auto const& path : s.experiments.command_paths)
        if (!path.starts_with('/')) wrong("experiments.command_paths", "\"" + path + "\" is no absolute path");
    auto const& tls = s.gateway.tls;
    if (tls.certificate.empty() != tls.key.empty() && !on.is_faulty("gateway.tls")) {
        std::string const certificate = "gateway.tls.certificate", key = "gateway.tls.key";
        on.error(on.result.places.at(tls.key.empty() ? certificate : key), tls.key.empty() ? key : certificate,
                 "is missing: a certificate and its key belong together");
    }
}

} // namespace

std::string loaded::placed(std::string_view problem) const
{
    if (problem.starts_with("environment ")) return std::string(problem);
    // What is missing stands, as it were, where its table begins; what is a default, in "configuration" as a whole.
    for (auto path = problem.substr(0, problem.find(':')); !path.empty();) {
        if (auto const found = places.find(path); found != places.end())
            return found->second + ": " + std::string(problem);
        auto const dot = path.rfind('.');
        path = dot == path.npos ? std::string_view() : path.substr(0, dot);
    }
    return "configuration: " + std::string(problem);
}

std::vector<std::string> key_paths()
{
    std::vector<std::string> paths;
    for (auto const& k : keys()) paths.emplace_back(k.path);
    paths.push_back(std::string(command_section) + ".NAME");
    for (auto const& k : provider_keys()) paths.push_back("providers.NAME." + std::string(k.name));
    return paths;
}

loaded load(sources const& from)
{
    loader on;
    if (from.file)
        on.read_file(*from.file);
    else if (std::error_code ignored; std::filesystem::exists("weir.toml", ignored))
        on.read_file("weir.toml");
    on.read_environment(from.environment);
    on.read_flags(from.flags);
    if (!on.is_unread()) validate(on, from.insecure);
    return std::move(on.result);
}

} // namespace weir::config
