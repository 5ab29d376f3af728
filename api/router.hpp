#pragma once

#include "api/endpoint.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::api
{

/// Finds the endpoint of a method and a path.
///
/// A literal segment beats a parameter, and the last segment counts most: `/a/{id}/list` beats `/a/b/{id}`. A path that
/// ends in a slash is the path without it; segments are compared and handed on percent-decoded. A path with a
/// `{rest...}` comes last, and of several that fit, the one with most behind it that has the method. PromptLayer's
/// paths may begin with more than one slash, as its clients send them to a base URL that ends in one.
class router
{
public:
    /// The groups' tables must outlive this. Throws std::logic_error when two endpoints, of whatever groups, share a
    /// method and a path, or an operationId.
    explicit router(std::span<group const> groups);
    ~router();

    struct match {
        endpoint const* found = nullptr;
        bool is_open = false;
        dialect speaks = dialect::helicone; ///< of the path, also when it does not have the method
        incoming::parameters path{};
        std::string allow{}; ///< when nothing is found: the methods that the path has; empty when there is no such path
    };

    /// `method` as HTTP spells it; HEAD finds what GET does. `path` is the target without its query.
    match find(std::string_view method, std::string_view path) const;

private:
    struct node;
    struct open_ended;
    match find_open_ended(std::string_view method, std::string_view path) const;

    std::unique_ptr<node> root_;
    std::vector<open_ended> open_ended_; ///< those with most behind the rest first
};

/// The parameters of a query string, decoded.
incoming::parameters parse_query(std::string_view query);

} // namespace weir::api
