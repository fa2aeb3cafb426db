import QtQuick
import "../components"
import "../theme"

// The part of a card that reads it aloud when touched; the card shows the picture for it.
Item {
    id: area

    property string label

    signal touched

    Accessible.name: area.label
    Accessible.role: Accessible.Button
    activeFocusOnTab: true
    implicitHeight: Theme.touchPatient

    Accessible.onPressAction: area.touched()
    Keys.onEnterPressed: area.touched()
    Keys.onReturnPressed: area.touched()
    Keys.onSpacePressed: area.touched()

    Rectangle {
        anchors.fill: parent
        border.color: Theme.ink
        border.width: Theme.edge
        color: "transparent"
        radius: Theme.radius
        visible: area.activeFocus
    }
    Touch {
        onTapped: area.touched()
    }
}
