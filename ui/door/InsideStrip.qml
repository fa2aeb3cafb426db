import QtQuick
import SmartWard.Screen
import "../beds"
import "../components"
import "../theme"

// Who is in the room, and where staff mark that they are; below it the ward's next call.
Item {
    id: strip

    required property DoorModel model
    readonly property bool calls: strip.model.elsewhere.priority !== ""
    readonly property real needed: mark.height + (strip.calls ? bar.height + Math.round(1.5 * Theme.grid) : 0)

    Icon {
        id: person

        color: strip.model.overdue ? Theme.ink : strip.model.inside ? Theme.ok : Theme.dashed
        height: mark.height
        name: strip.model.overdue ? "account-question" : "account-check"
        size: Math.round(1.1 * Theme.sizeHeading)
        visible: strip.model.inside
        width: visible ? size + 2 * Theme.grid : 0
    }
    FitLabel {
        anchors.left: person.right
        anchors.right: mark.left
        anchors.rightMargin: 2 * Theme.grid
        color: strip.model.inside ? Theme.ink : Theme.muted
        font.weight: strip.model.inside ? Theme.bold : Theme.regular
        height: mark.height
        objectName: "inside"
        size: strip.model.inside ? Theme.sizeHeading : Theme.sizeSmall
        smallest: 0.4 * Theme.sizeHeading
        tabular: true
        text: strip.model.insideText
    }
    TouchButton {
        id: mark

        anchors.right: parent.right
        height: implicitHeight
        iconName: "badge-account-horizontal-outline"
        kind: "quiet"
        objectName: "markPresence"
        size: Theme.sizeSmall
        text: strip.model.labels.staff
        // A screen that does not know its room marks nobody present.
        visible: !strip.model.panel.open && strip.model.emptyText === ""
        width: Math.ceil(implicitWidth) + Theme.grid

        onActivated: strip.model.openPanel()
    }
    ElsewhereBar {
        id: bar

        anchors.bottom: parent.bottom
        anchors.left: parent.left
        anchors.right: parent.right
        bed: strip.model.elsewhere.bed
        height: implicitHeight
        kind: strip.model.elsewhere.kind
        lead: strip.model.elsewhere.lead
        objectName: "elsewhere"
        priority: strip.model.elsewhere.priority
        size: Theme.sizeHeading
        strong: strip.model.elsewhere.strong
        visible: strip.calls
    }
}
