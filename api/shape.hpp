#pragma once

#include "api/types.hpp"

#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/json/fwd.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <span>
#include <type_traits>
#include <variant>
#include <vector>

/// One constant `shape` per type says at run time how a described C++ type looks as JSON. The reader, the writer and
/// the schema are plain functions that walk it, so a type costs a table and no code.
namespace weir::api
{

enum class kind : std::uint8_t {
    null,
    boolean,
    literal_true,
    integer,
    number,
    string,
    any,
    raw,
    bytes,
    file,
    word,
    optional,
    nullable,
    boxed,
    array,
    map,
    object,
    variant,
};

struct shape;

struct field {
    std::string_view name; ///< in JSON
    shape const* of;
    void* (*at)(void* object);
    bool required; ///< whether it must be there; a std::optional need not
};

using visitor = void (*)(void* with, std::string_view key, void const* item);

struct shape {
    kind is;
    std::string_view type{};                   ///< object, word: the C++ type's name, unqualified
    std::string_view format{};                 ///< OpenAPI's `format`, where there is one
    shape const* inner = nullptr;              ///< optional, nullable, boxed, array, map
    std::span<field const> fields{};           ///< object
    bool is_open = false;                      ///< object: members that it does not have are ignored
    std::span<std::string_view const> words{}; ///< word: the name in JSON of enumerator i
    std::span<shape const* const> choices{};   ///< variant
    void* (*grow)(void* to, std::string_view key, std::size_t index) = nullptr; ///< makes an inner value, returns it
    void (*each)(void const* of, void* with, visitor) = nullptr;                ///< visits the inner values there are
    std::size_t (*index)(void const* of) = nullptr;                             ///< variant
    void (*put)(void* to, std::int64_t value) = nullptr;                        ///< integer, word
    std::int64_t (*take)(void const* of) = nullptr;                             ///< integer, word
    std::int64_t low = 0, high = 0;                                             ///< integer
};

template <class T>
constexpr shape make_shape();

/// The shape of T. A recursive type may take the address of its own.
template <class T>
inline constexpr shape shape_of = make_shape<T>();

namespace detail
{

template <class T>
constexpr std::string_view type_name()
{
    std::string_view text = __PRETTY_FUNCTION__; // "… type_name() [with T = weir::api::name; …]"
    text.remove_prefix(text.find("T = ") + 4);
    text = text.substr(0, text.find_first_of(";]"));
    if (auto const colon = text.rfind(':'); colon != text.npos) text.remove_prefix(colon + 1);
    return text;
}

template <class T>
concept has_wire_names = requires
{
    wire_names(static_cast<T const*>(nullptr));
};

/// `constexpr bool is_open(the_type const*)` says that members which a type does not have are ignored.
template <class T>
constexpr bool ignores_others()
{
    if constexpr (requires { is_open(static_cast<T const*>(nullptr)); })
        return is_open(static_cast<T const*>(nullptr));
    else
        return false;
}

template <class T>
constexpr std::string_view wire_name(std::string_view member)
{
    if constexpr (has_wire_names<T>)
        for (renamed const r : wire_names(static_cast<T const*>(nullptr)))
            if (r.member == member) return r.wire;
    if (member.back() == '_') member.remove_suffix(1); // operator_, template_, and_, or_
    return member;
}

/// Whether each `renamed::member` is one of T's: a typo there would be silent.
template <class T, class... D>
constexpr bool wire_names_fit()
{
    if constexpr (has_wire_names<T>)
        for (renamed const r : wire_names(static_cast<T const*>(nullptr)))
            if (!((r.member == std::string_view(D::name)) || ...)) return false;
    return true;
}

template <class P>
struct member_of;
template <class Object, class Member>
struct member_of<Member Object::*> {
    using type = Member;
};

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T, auto Pointer>
void* member_at(void* object)
{
    return &(static_cast<T*>(object)->*Pointer);
}

template <class T, template <class...> class List, class... D>
constexpr auto fields_from(List<D...>)
{
    static_assert(wire_names_fit<T, D...>(), "wire_names names a member that does not exist");
    return std::array<field, sizeof...(D)>{field{
        wire_name<T>(D::name), &shape_of<typename member_of<std::remove_cv_t<decltype(D::pointer)>>::type>,
        &member_at<T, D::pointer>, !is_optional<typename member_of<std::remove_cv_t<decltype(D::pointer)>>::type>}...};
}

// Members of bases come first, so that what types share can be described once.
template <class T>
using members_of = boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>;

template <class T>
inline constexpr auto fields_of = fields_from<T>(members_of<T>{});

template <class T, template <class...> class List, class... D>
constexpr auto words_from(List<D...>)
{
    static_assert(wire_names_fit<T, D...>(), "wire_names names an enumerator that does not exist");
    std::int64_t next = 0;
    bool const in_order = ((static_cast<std::int64_t>(D::value) == next++) && ...);
    if (!in_order) throw "the enumerators of a word must be 0, 1, 2, … in the order described";
    return std::array<std::string_view, sizeof...(D)>{wire_name<T>(D::name)...};
}

template <class T>
inline constexpr auto words_of = words_from<T>(boost::describe::describe_enumerators<T>{});

template <class T>
constexpr shape make_integer()
{
    static_assert(std::is_signed_v<T> || sizeof(T) < sizeof(std::int64_t), "an integer must fit std::int64_t");
    return {.is = kind::integer,
            .format = sizeof(T) > 4 ? "int64" : "int32",
            .put = [](void* to, std::int64_t value) { *static_cast<T*>(to) = static_cast<T>(value); },
            .take = [](void const* of) { return static_cast<std::int64_t>(*static_cast<T const*>(of)); },
            .low = std::numeric_limits<T>::min(),
            .high = static_cast<std::int64_t>(std::numeric_limits<T>::max())};
}

template <class T>
constexpr shape make_word()
{
    return {.is = kind::word,
            .type = type_name<T>(),
            .words = words_of<T>,
            .put = [](void* to, std::int64_t value) { *static_cast<T*>(to) = static_cast<T>(value); },
            .take = [](void const* of) { return static_cast<std::int64_t>(*static_cast<T const*>(of)); }};
}

/// The shapes of templates: what has an inner value.
template <class T>
struct maker; // no specialisation: the type is not one that JSON can carry; describe it or choose another

template <class T>
struct maker<std::optional<T>> {
    static constexpr shape make()
    {
        return {.is = kind::optional,
                .inner = &shape_of<T>,
                .grow = [](void* to, std::string_view, std::size_t) -> void* {
                    return &static_cast<std::optional<T>*>(to)->emplace();
                },
                .each =
                    [](void const* of, void* with, visitor visit) {
                        auto const& value = *static_cast<std::optional<T> const*>(of);
                        if (value) visit(with, {}, &*value);
                    }};
    }
};

template <class T>
struct maker<nullable<T>> {
    static constexpr shape make()
    {
        return {.is = kind::nullable,
                .inner = &shape_of<T>,
                .grow = [](void* to, std::string_view, std::size_t) -> void* {
                    return &static_cast<nullable<T>*>(to)->value.emplace();
                },
                .each =
                    [](void const* of, void* with, visitor visit) {
                        auto const& value = static_cast<nullable<T> const*>(of)->value;
                        if (value) visit(with, {}, &*value);
                    }};
    }
};

template <class T>
struct maker<std::unique_ptr<T>> {
    static constexpr shape make()
    {
        return {.is = kind::boxed,
                .inner = &shape_of<T>,
                .grow = [](void* to, std::string_view, std::size_t) -> void* {
                    auto& box = *static_cast<std::unique_ptr<T>*>(to);
                    box = std::make_unique<T>();
                    return box.get();
                },
                .each =
                    [](void const* of, void* with, visitor visit) {
                        auto const& box = *static_cast<std::unique_ptr<T> const*>(of);
                        if (box) visit(with, {}, box.get());
                    }};
    }
};

template <class T>
struct maker<std::vector<T>> {
    static_assert(!std::same_as<T, bool>, "std::vector<bool> has no elements to point to");
    static constexpr shape make()
    {
        return {.is = kind::array,
                .inner = &shape_of<T>,
                .grow = [](void* to, std::string_view, std::size_t) -> void* {
                    return &static_cast<std::vector<T>*>(to)->emplace_back();
                },
                .each =
                    [](void const* of, void* with, visitor visit) {
                        for (auto const& item : *static_cast<std::vector<T> const*>(of)) visit(with, {}, &item);
                    }};
    }
};

/// An object whose keys are data, in the order of the pairs.
template <class T>
struct maker<std::vector<std::pair<std::string, T>>> {
    using list = std::vector<std::pair<std::string, T>>;
    static constexpr shape make()
    {
        return {.is = kind::map,
                .inner = &shape_of<T>,
                .grow = [](void* to, std::string_view key, std::size_t) -> void* {
                    return &static_cast<list*>(to)->emplace_back(std::string(key), T{}).second;
                },
                .each =
                    [](void const* of, void* with, visitor visit) {
                        for (auto const& [key, item] : *static_cast<list const*>(of)) visit(with, key, &item);
                    }};
    }
};

template <class T, class Less>
struct maker<std::map<std::string, T, Less>> {
    using map = std::map<std::string, T, Less>;
    static constexpr shape make()
    {
        return {.is = kind::map,
                .inner = &shape_of<T>,
                .grow = [](void* to, std::string_view key, std::size_t) -> void* {
                    return &(*static_cast<map*>(to))[std::string(key)];
                },
                .each =
                    [](void const* of, void* with, visitor visit) {
                        for (auto const& [key, item] : *static_cast<map const*>(of)) visit(with, key, &item);
                    }};
    }
};

template <class... T>
struct maker<std::variant<T...>> {
    using either = std::variant<T...>;
    static constexpr std::array<shape const*, sizeof...(T)> choices{&shape_of<T>...};

    template <class Choice>
    static void* become(either& to)
    {
        return &to.template emplace<Choice>();
    }

    static constexpr shape make()
    {
        return {.is = kind::variant,
                .choices = choices,
                .grow = [](void* to, std::string_view, std::size_t index) -> void* {
                    static constexpr std::array<void* (*)(either&), sizeof...(T)> makers{&become<T>...};
                    return makers[index](*static_cast<either*>(to));
                },
                .each =
                    [](void const* of, void* with, visitor visit) {
                        std::visit([with, visit](auto const& value) { visit(with, {}, &value); },
                                   *static_cast<either const*>(of));
                    },
                .index = [](void const* of) { return static_cast<either const*>(of)->index(); }};
    }
};

} // namespace detail

template <class T>
constexpr shape make_shape()
{
    if constexpr (std::same_as<T, null>)
        return {.is = kind::null};
    else if constexpr (std::same_as<T, bool>)
        return {.is = kind::boolean};
    else if constexpr (std::same_as<T, literal_true>)
        return {.is = kind::literal_true};
    else if constexpr (std::same_as<T, double>)
        return {.is = kind::number, .format = "double"};
    else if constexpr (std::same_as<T, std::string>)
        return {.is = kind::string};
    else if constexpr (std::same_as<T, boost::json::value>)
        return {.is = kind::any};
    else if constexpr (std::same_as<T, raw_json>)
        return {.is = kind::raw};
    else if constexpr (std::same_as<T, raw_body>)
        return {.is = kind::bytes};
    else if constexpr (std::same_as<T, file_body>)
        return {.is = kind::file};
    else if constexpr (std::is_enum_v<T>)
        return detail::make_word<T>();
    else if constexpr (std::is_integral_v<T>)
        return detail::make_integer<T>();
    else if constexpr (boost::describe::has_describe_members<T>::value)
        return {.is = kind::object,
                .type = detail::type_name<T>(),
                .fields = detail::fields_of<T>,
                .is_open = detail::ignores_others<T>()};
    else
        return detail::maker<T>::make();
}

} // namespace weir::api
