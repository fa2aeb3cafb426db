import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// The most urgent row while the queue is scrolled away from it: always in sight, one touch back.
Rectangle {
    id: pinned

    required property StationHead head
    property int above: 0

    signal touched

    Accessible.name: words.text
    Accessible.role: Accessible.Button
    color: Theme.prioritySoft(pinned.head.firstPriority)
    height: pinned.visible ? Theme.touchStaff + Theme.grid : 0
    objectName: "pinnedRow"
    radius: Theme.radius

    Accessible.onPressAction: pinned.touched()

    Flasher {
        id: flasher

        active: pinned.visible && pinned.head.firstFlashing
        priority: pinned.head.firstPriority
    }
    Rectangle {
        anchors.fill: parent
        border.color: Theme.priorityColor(pinned.head.firstPriority)
        border.width: Theme.edge
        color: "transparent"
        opacity: flasher.level
        radius: Theme.radius
    }
    Icon {
        id: up

        anchors.verticalCenter: parent.verticalCenter
        name: "chevron-double-up"
        size: Theme.sizeHeading
        x: 1.5 * Theme.grid
    }
    Label {
        id: number

        anchors.left: up.right
        anchors.leftMargin: Theme.grid
        anchors.verticalCenter: parent.verticalCenter
        font.pixelSize: Theme.sizeTitle
        font.weight: Theme.black
        objectName: "pinnedNumber"
        tabular: true
        text: pinned.head.firstNumber
    }
    Label {
        id: words

        anchors.left: number.right
        anchors.leftMargin: 1.5 * Theme.grid
        anchors.right: time.left
        anchors.rightMargin: Theme.grid
        anchors.verticalCenter: parent.verticalCenter
        elide: Text.ElideRight
        font.weight: Theme.semibold
        text: pinned.head.firstTitle + " · " + qsTr("%1 more above").arg(pinned.above)
    }
    Label {
        id: time

        anchors.right: parent.right
        anchors.rightMargin: 2 * Theme.grid
        anchors.verticalCenter: parent.verticalCenter
        font.weight: Theme.bold
        tabular: true
        text: pinned.head.firstTime
    }
    Touch {
        onTapped: pinned.touched()
    }
}
