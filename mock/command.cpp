#include "mock/command.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/system/system_error.hpp>

#include <charconv>
#include <csignal>
#include <iostream>
#include <thread>

namespace weir::mock
{
namespace
{

template <class Number>
bool read_number(std::string_view text, Number& into)
{
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
    return error == std::errc{} && end == text.data() + text.size();
}

std::string set_option(std::string_view name, std::string_view value, options& into)
{
    if (name == "listen") {
        auto const colon = value.rfind(':');
        if (colon == std::string_view::npos || !read_number(value.substr(colon + 1), into.port))
            return "--listen takes HOST:PORT, not \"" + std::string(value) + "\"";
        auto host = value.substr(0, colon);
        if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
        into.host = host == "localhost" ? "127.0.0.1" : host;
        return {};
    }
    if (name == "threads") {
        auto const good = read_number(value, into.threads) && into.threads >= 1 && into.threads <= 256;
        return good ? std::string() : "--threads takes a number from 1 to 256";
    }
    if (name == "record") {
        into.record = value == "on" || value == "true" || value == "1";
        auto const good = into.record || value == "off" || value == "false" || value == "0";
        return good ? std::string() : "--record takes on or off";
    }
    return into.defaults.set(name, value);
}

} // namespace

parsed_command parse_command(std::span<std::string_view const> arguments)
{
    parsed_command result;
    for (std::size_t i = 0; i < arguments.size() && result.problem.empty(); ++i) {
        auto argument = arguments[i];
        if (argument == "--help" || argument == "-h") {
            result.help = true;
            continue;
        }
        if (!argument.starts_with("--")) {
            result.problem = "unexpected argument \"" + std::string(argument) + "\"";
            continue;
        }
        argument.remove_prefix(2);
        if (auto const equals = argument.find('='); equals != std::string_view::npos)
            result.problem = set_option(argument.substr(0, equals), argument.substr(equals + 1), result.with);
        else if (i + 1 < arguments.size())
            result.problem = set_option(argument, arguments[++i], result.with);
        else
            result.problem = "--" + std::string(argument) + " needs a value";
    }
    return result;
}

std::string command_help()
{
    std::string text = "Usage: weir mock-provider [OPTIONS]\n\n"
                       "An LLM vendor for demos, tests and benchmarks: OpenAI, Anthropic and Gemini wire formats.\n\n"
                       "  --listen HOST:PORT   where to listen (127.0.0.1:8788; port 0: any free one)\n"
                       "  --threads N          threads (1)\n"
                       "  --record on|off      keep the last 1,000 requests for GET /_mock/requests (on)\n"
                       "  --KNOB VALUE         a default that each request can change by header x-mock-KNOB or query\n"
                       "                       parameter mock-KNOB; the knobs are\n";
    std::string line = "                      ";
    for (auto const name : knob_names()) {
        if (line.size() + name.size() > 98) {
            text += line + "\n";
            line = "                      ";
        }
        line.append(" ").append(name);
    }
    return text + line + "\n";
}

int run_command(std::span<std::string_view const> arguments)
{
    auto const parsed = parse_command(arguments);
    if (parsed.help) {
        std::cout << command_help();
        return 0;
    }
    if (!parsed.problem.empty()) {
        std::cerr << "weir mock-provider: " << parsed.problem << "; see weir mock-provider --help\n";
        return 2;
    }
    try {
        provider mock(parsed.with);
        boost::asio::io_context context;
        boost::asio::signal_set signals(context, SIGINT, SIGTERM);
        signals.async_wait([&mock](boost::system::error_code error, int) {
            if (!error) mock.stop();
        });
        std::jthread const waiting([&context] { context.run(); });
        auto const is_v6 = parsed.with.host.find(':') != std::string::npos;
        std::cerr << "mock provider listening on " << (is_v6 ? "[" : "") << parsed.with.host << (is_v6 ? "]:" : ":")
                  << mock.port() << std::endl;
        mock.run();
        context.stop();
        return 0;
    } catch (boost::system::system_error const& e) {
        std::cerr << "weir mock-provider: cannot listen on " << parsed.with.host << ":" << parsed.with.port << ": "
                  << e.code().message() << "; choose another address with --listen\n";
        return 1;
    }
}

} // namespace weir::mock
