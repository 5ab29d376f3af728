#include "weir/commands.hpp"

#include <cstdio>
#include <unistd.h>

namespace weir
{

std::map<std::string, std::string> environment()
{
    std::map<std::string, std::string> variables;
    for (char** variable = environ; *variable; ++variable) {
        std::string const text(*variable);
        if (auto const equals = text.find('='); equals != text.npos)
            variables[text.substr(0, equals)] = text.substr(equals + 1);
    }
    return variables;
}

config::loaded load_configuration(configuration_arguments const& arguments)
{
    config::sources from;
    if (!arguments.file.empty()) from.file = arguments.file;
    from.insecure = arguments.insecure;
    from.environment = environment();
    std::vector<std::string> errors;
    for (auto const& pair : arguments.set) {
        auto const equals = pair.find('=');
        if (equals == pair.npos)
            errors.push_back("command line: --set " + pair + ": write KEY=VALUE, such as --set log.level=debug");
        else
            from.flags[pair.substr(0, equals)] = pair.substr(equals + 1);
    }
    for (auto const& [key, value] : {std::pair{"gateway.listen", &arguments.gateway_listen},
                                     {"admin.listen", &arguments.admin_listen},
                                     {"storage.path", &arguments.database}})
        if (!value->empty()) from.flags[key] = *value;
    auto loaded = config::load(from);
    loaded.errors.insert(loaded.errors.begin(), errors.begin(), errors.end());
    return loaded;
}

std::optional<config::settings> load_settings_without_listening(configuration_arguments arguments)
{
    arguments.insecure = true;
    auto loaded = load_configuration(arguments);
    print_errors(loaded.errors);
    if (!loaded.errors.empty()) return std::nullopt;
    return std::move(loaded.values);
}

void print_errors(std::vector<std::string> const& errors)
{
    for (auto const& error : errors) std::fprintf(stderr, "weir: %s\n", error.c_str());
}

int fail(int code, std::string const& error)
{
    print_errors({error});
    return code;
}

} // namespace weir
