#include "mock/command.hpp"
#include "weir/commands.hpp"

namespace weir
{

int mock_provider(std::vector<std::string> const& arguments)
{
    std::vector<std::string_view> const views(arguments.begin(), arguments.end());
    return mock::run_command(views);
}

} // namespace weir
