#include "api/dataset_form.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace json = boost::json;

namespace weir::api
{

std::string problem_with_messages(json::value const* messages)
{
    if (!messages) return "messages: is required";
    if (!messages->is_array() || messages->as_array().empty()) return "messages: must be an array that is not empty";
    auto const& all = messages->as_array();
    for (std::size_t i = 0; i < all.size(); ++i) {
        auto const* one = all[i].if_object();
        auto const* role = one ? one->if_contains("role") : nullptr;
        if (!role || !role->is_string()) return "messages[" + std::to_string(i) + "]: must be an object with a role";
    }
    if (all.back().at("role").as_string() != "assistant") return "messages: the last one must be the assistant's";
    return {};
}

} // namespace weir::api
